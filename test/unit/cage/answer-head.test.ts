// The head of an answer as it is handed on, whatever heads came before it.
import { describe, expect, it } from "vitest";
import { readAnswerHead } from "../../../cage/proxy/answer-head.ts";

const head = (...texts: readonly string[]): ReturnType<typeof readAnswerHead> =>
  readAnswerHead(texts.map((text) => Buffer.from(text, "latin1")));

describe("the head of an answer", () => {
  it("has names in small letters, and values as they came", () => {
    expect(head("Server", "one", "ETAG", '"\xe9"')).toEqual({
      fields: [
        ["server", "one"],
        ["etag", '"\xe9"'],
      ],
      length: null,
    });
  });

  it("says what this one says, not what one before it said", () => {
    for (const value of ["one", "two", "one", "", "ones", "onf", `a${"b".repeat(100)}`])
      for (const name of ["Server", "server", "Serves"])
        expect(head(name, value, name, value)!.fields).toEqual([
          [name.toLowerCase(), value],
          [name.toLowerCase(), value],
        ]);
  });

  it("knows more names of one length than it remembers", () => {
    const names = Array.from({ length: 40 }, (_, at) => `x-name-${10 + at}`);
    for (let twice = 0; twice < 2; twice++)
      expect(head(...names.flatMap((name, at) => [name, String(at)]))!.fields).toEqual(
        names.map((name, at) => [name, String(at)]),
      );
    expect(head("n".repeat(300), "long")!.fields).toEqual([["n".repeat(300), "long"]]);
  });

  it.each([
    ["Connection", "keep-alive"],
    ["Keep-Alive", "timeout=5"],
    ["Transfer-Encoding", "chunked"],
    ["Cage-Decision", "allow"],
  ])("drops `%s`", (name, value) => {
    expect(head(name, value)).toEqual({ fields: [], length: null });
  });

  it("drops what Connection names, but not what the body is", () => {
    expect(
      head(
        "Connection",
        "close, X-Hop",
        "X-Hop",
        "1",
        "Connection",
        "keep-alive,content-length",
        "Content-Length",
        "5",
      ),
    ).toEqual({ fields: [["content-length", "5"]], length: 5 });
  });

  it.each([
    ["a name that is no token", ["Ser ver", "1"]],
    ["an empty name", ["", "1"]],
    ["a name of other letters", ["Serv\xe9r", "1"]],
    ["a line end in a value", ["Server", "a\r\nb"]],
    ["a zero byte in a value", ["Server", "a\0b"]],
    ["two lengths", ["Content-Length", "5", "Content-Length", "5"]],
    ["a length that is none", ["Content-Length", "5x"]],
  ])("with %s cannot be handed on, also the second time", (_, texts) => {
    expect(head(...texts)).toBeNull();
    expect(head(...texts)).toBeNull();
  });
});
