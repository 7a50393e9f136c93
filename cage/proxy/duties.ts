// What is done where a cage was given no obligations to carry out.
import { type DutiesOf, OF_THE_PROXY } from "../obligations/duties.ts";
import { cannotOblige } from "../obligations/obligation.ts";

/** Meets what the proxy does itself; every other obligation denies. */
export const onlyOwn: DutiesOf = (decisions) => {
  for (const { obligations } of decisions)
    for (const { name } of obligations)
      if (!OF_THE_PROXY.has(name)) {
        const denial = cannotOblige(name, "this cage does not carry it out");
        return {
          holdsRequest: false,
          holdsResponse: false,
          request: async () => ({ denial, met: [] }),
          response: async (incoming) => ({ incoming, met: [] }),
        };
      }
  return null;
};
