// Who may act: a role, a list of roles (any of them), `anyone`, or an expression of type party.
import type { Scalar, Who } from "../ast.ts";
import * as codes from "../codes.ts";
import { type Reader, report, wrongShape } from "./reading.ts";
import { expression } from "./values.ts";

export const who: Reader<Who> = (reading, node, key) => {
  if (node.kind === "list") {
    const roles = node.items.flatMap((item): Scalar[] =>
      item.kind === "scalar" ? [item] : (wrongShape(reading, item, "the name of a role") ?? []),
    );
    return { kind: "roles", roles, span: node.span };
  }
  if (node.kind !== "scalar")
    return wrongShape(reading, node, "a role, or a list of roles", `${key.text}: [seller, buyer]`);
  if (node.text === "anyone") return { kind: "anyone", span: node.span };
  if (/^(?:all|\d+)\s+of\b/.test(node.text)) {
    report(reading, codes.notYet(node.span, { what: "acting jointly (`all of [a, b]`, `2 of [a, b, c]`)" }));
    return null;
  }
  if (/^[\p{L}$][\p{L}\p{M}\p{Nd}_$]*$/u.test(node.text)) return { kind: "roles", roles: [node], span: node.span };
  const expr = expression(reading, node, key);
  return expr === null ? null : { kind: "expr", expr, span: node.span };
};
