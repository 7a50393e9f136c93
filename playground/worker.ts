// The pipeline behind messages: one question, one answer, in the order they come.
import { check, code, decide, format, type Trouble, test } from "./answers.ts";
import { complete, hover } from "./completion.ts";
import type { Answered, Asked, Question, Questions, Reply } from "./messages.ts";

type Answers = { readonly [Q in Question]: (ask: Questions[Q]["ask"]) => Questions[Q]["answer"] | Trouble };

const ANSWERS: Answers = {
  check: ({ text }) => check(text),
  format: ({ text }) => format(text),
  test: ({ text }) => test(text),
  decide: ({ text, input, data }) => decide(text, input, data),
  code: ({ text }) => code(text),
  complete: ({ text, ...place }) => complete(text, place),
  hover: ({ text, ...place }) => hover(text, place),
};

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  const answer = (ANSWERS[data.question] as (ask: unknown) => Questions[Question]["answer"] | Trouble)(data.ask);
  const reply: Reply = answer !== null && "problem" in answer ? answer : { answer };
  postMessage({ id: data.id, reply } satisfies Answered);
});
postMessage(null satisfies Answered);
// An error here is a mistake of ours: the page hears of it by the event of its worker.
