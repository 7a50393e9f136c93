// The txtar format: a comment, then files, each after a line `-- name --`. Source: golang.org/x/tools/txtar.

export interface Archive {
  /** The text above the first file: says what the case shows. */
  readonly comment: string;
  /** Files in order. Texts end with a line break, unless empty. */
  readonly files: Map<string, string>;
}

export function parseArchive(text: string): Archive {
  const files = new Map<string, string>();
  const pieces = text.split(/^-- (.+?) --$\n?/m);
  for (let at = 1; at + 1 < pieces.length; at += 2) {
    const body = pieces[at + 1]!;
    files.set(pieces[at]!.trim(), body === "" || body.endsWith("\n") ? body : `${body}\n`);
  }
  return { comment: pieces[0]!, files };
}

export function printArchive({ comment, files }: Archive): string {
  const parts = [comment.endsWith("\n") ? comment : `${comment}\n`];
  for (const [name, text] of files)
    parts.push(`-- ${name} --\n`, text === "" || text.endsWith("\n") ? text : `${text}\n`);
  return parts.join("");
}
