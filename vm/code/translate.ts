// Verified bytecode as the text of JavaScript functions with the same meaning. Registers are variables, jumps leave blocks,
// loops are loops, calls are calls. Fuel is counted once for each straight run of instructions.
//
// Invariant: nothing of a module stands in the text but whole numbers and texts written by JSON.stringify.
import type { Loaded } from "../load.ts";
import type { Instruction } from "../module.ts";
import { OP } from "../operands.ts";
import type { MachineBuiltin } from "../operations.ts";
import type { Value } from "../value.ts";
import {
  FUNCTION_PARTS_MAX,
  INLINE_TEXT_MAX,
  MODULE_PARTS_MAX,
  NESTED_BLOCKS_MAX,
  PIECE_PARTS_MAX,
  STACK_REGISTERS_MAX,
} from "./limits.ts";
import { cut, exitsOf, partsOf, sharedRegisters } from "./pieces.ts";
import { type Shape, type Span, shapeOf } from "./shape.ts";

/** How the body of a function is written into the text around it. The text around declares the variables `used` (fuel not
 *  settled, from 0), `most` (`room()`) and `t`. */
export interface BodyNames {
  /** The variable of a register. */
  readonly register: (register: number) => string;
  /** Before the labels of the body: two bodies in one function have two. */
  readonly prefix: string;
  /** The statement that ends the body with a value; it must leave the body. */
  readonly give: (value: string) => string;
  /** A variable that holds what stands in a slot of the record in a register, or null. */
  readonly slot?: (register: number, slot: number) => string | null;
  /** The statement that leaves the text where values are compared that are not both texts, numbers or bools. Without it they are compared by
   *  the machine, which counts the fuel of their parts. */
  readonly unlike?: string;
}

/** What is being written: a function or a piece of one. */
interface Writer extends BodyNames {
  readonly code: readonly Instruction[];
  readonly shape: Shape;
  readonly index: number;
  readonly shared: ReadonlySet<number>;
  readonly sharedName: (register: number) => string;
  readonly inPiece: boolean;
  /** Targets whose blocks are open here. */
  readonly labels: Set<number>;
}

const SAFE = String(Number.MAX_SAFE_INTEGER);

/** Collects functions and the tables they need, and gives the text of all. */
export class Translation {
  readonly loaded: Loaded;
  readonly #functions = new Map<number, string | null>();
  readonly #tables = new Map<string, string>();
  readonly #variables = new Set<string>();
  readonly #pieces: string[] = [];
  readonly #stack: number[] = [];
  #parts = 0;
  #sites = 0;

  readonly #pieceMax: number;

  /** `pieceMax`: instructions of one function of the text, and registers they list. */
  constructor(loaded: Loaded, pieceMax: number = PIECE_PARTS_MAX) {
    this.loaded = loaded;
    this.#pieceMax = pieceMax;
    // Registers on the stack at the deepest call: calls go to smaller indexes.
    for (const fn of loaded.module.functions) {
      let inside = 0;
      for (const instruction of fn.code)
        if (instruction[0] === OP.call) inside = Math.max(inside, this.#stack[instruction[2]!]!);
      this.#stack.push(fn.registers + inside);
    }
  }

  /** Sites that read a field by key so far. */
  get sites(): number {
    return this.#sites;
  }

  /** The name of function `index` in the text, which from now on has it; null when it is over a bound and stays interpreted. */
  functionName(index: number): string | null {
    let text = this.#functions.get(index);
    if (text === undefined) {
      text = this.#functionText(index);
      this.#functions.set(index, text);
    }
    return text === null ? null : `f${index}`;
  }

  /** A call of function `index` as an expression. What was counted must be settled before. */
  call(index: number, args: readonly string[]): string {
    const name = this.functionName(index);
    return name === null ? `interpreted(${index}, [${args.join(", ")}])` : `${name}(${args.join(", ")})`;
  }

  /** A value of the table of constants as an expression. */
  constant(index: number): string {
    const value = this.loaded.module.constants[index];
    return literal(value) ?? this.#table(`k${index}`, `constants[${index}]`);
  }

  /** The body of function `index`, parameters in the variables of its first registers, or null when it is over a bound. */
  body(index: number, names: BodyNames): string | null {
    const fn = this.loaded.module.functions[index]!;
    const parts = fn.code.reduce((sum, instruction) => sum + partsOf(instruction), 0);
    if (
      parts > FUNCTION_PARTS_MAX ||
      this.#parts + parts > MODULE_PARTS_MAX ||
      this.#stack[index]! > STACK_REGISTERS_MAX
    )
      return null;
    const shape = shapeOf(fn.code);
    if (shape.depth > NESTED_BLOCKS_MAX) return null;
    this.#parts += parts;
    cut(fn.code, shape, this.#pieceMax);
    const shared = sharedRegisters(fn.code, fn.params, shape);
    const sharedName = (register: number): string => `s${index}_${register}`;
    for (const register of shared) this.#variables.add(sharedName(register));
    const writer: Writer = {
      code: fn.code,
      shape,
      index,
      shared,
      sharedName,
      register: (register) => (shared.has(register) ? sharedName(register) : names.register(register)),
      prefix: names.prefix,
      give: names.give,
      ...(names.slot === undefined ? {} : { slot: names.slot }),
      ...(names.unlike === undefined ? {} : { unlike: names.unlike }),
      inPiece: false,
      labels: new Set(),
    };
    const params = range(0, fn.params).filter((register) => shared.has(register));
    return [
      ...params.map((register) => `${sharedName(register)} = ${names.register(register)};`),
      ...this.#span(shape.body, writer),
      "",
    ].join("\n");
  }

  /** The whole text: tables, functions, then `main`, which ends with `return`. It is the body of a function whose parameters
   *  are the names of the runtime. */
  source(main: string): string {
    const tables = [...this.#tables].map(([name, value]) => `const ${name} = ${value};`);
    const variables = this.#variables.size === 0 ? [] : [`let ${[...this.#variables].join(", ")};`];
    const functions = [...this.#functions.values()].filter((text) => text !== null);
    return `"use strict";\n${[...tables, ...variables, ...this.#pieces, ...functions, main].join("\n")}`;
  }

  #table(name: string, value: string): string {
    this.#tables.set(name, value);
    return name;
  }

  #functionText(index: number): string | null {
    const fn = this.loaded.module.functions[index]!;
    const text = this.body(index, {
      register: (register) => `r${register}`,
      prefix: "l",
      give: (value) => `meter[0] += used; return ${value};`,
    });
    if (text === null) return null;
    const names = Array.from({ length: fn.registers }, (_, register) => `r${register}`);
    const locals = ["used = 0", "most = room()", "t", ...names.slice(fn.params)];
    return `function f${index}(${names.slice(0, fn.params).join(", ")}) {\nlet ${locals.join(", ")};\n${text}}`;
  }

  #span(span: Span, writer: Writer): string[] {
    const { code, shape } = writer;
    const lines: string[] = [];
    if (span.kind === "block") {
      lines.push(`${writer.prefix}${span.to}: {`);
      writer.labels.add(span.to);
    }
    for (const item of span.items) {
      if (typeof item !== "number")
        lines.push(...(item.kind === "piece" ? this.#piece(item, writer) : this.#span(item, writer)));
      else if (shape.reached[item] === 1) lines.push(...this.#instruction(code[item]!, shape.cost[item]!, writer));
      else if (span.kind === "loop" && item === span.to - 1) lines.push("}"); // no way leads to the end of the body
    }
    if (span.kind === "block") {
      lines.push("}");
      writer.labels.delete(span.to);
    }
    return lines;
  }

  /** A piece as a function of its own, and its call: it gives where to go on, its own end, or -1 when it has returned. */
  #piece(piece: Span, writer: Writer): string[] {
    const { code, shape, index, shared } = writer;
    const at = this.#pieces.push("") - 1; // pieces inside it get further numbers
    const value = `v${index}`;
    const own = new Set<number>();
    const text = this.#span(
      { ...piece, kind: "body" },
      {
        ...writer,
        register: (register) => {
          if (shared.has(register)) return writer.sharedName(register);
          own.add(register);
          return `r${register}`;
        },
        prefix: "l",
        give: (given) => `{ meter[0] += used; ${value} = ${given}; return -1; }`,
        inPiece: true,
        labels: new Set(),
      },
    );
    const locals = ["used = 0", "most = room()", "t", ...[...own].map((register) => `r${register}`)];
    this.#pieces[at] = [
      `function p${at}() {`,
      `let ${locals.join(", ")};`,
      ...text,
      "meter[0] += used;",
      `return ${piece.to};`,
      "}",
    ].join("\n");
    const cases: string[] = [];
    for (const exit of exitsOf(code, shape, piece)) {
      if (exit === -1) {
        this.#variables.add(value);
        cases.push(`case -1: ${writer.give(value)}`);
      } else if (exit !== piece.to) cases.push(`case ${exit}: ${goTo(exit, writer)}`);
    }
    return cases.length === 0 ? [`p${at}();`] : [`switch (p${at}()) {`, ...cases, "}"];
  }

  #instruction(instruction: Instruction, cost: number, writer: Writer): string[] {
    if (instruction[0] === OP.each) return this.#each(instruction, cost, writer);
    const counted = cost > 0 ? [`used += ${cost};`] : [];
    if (instruction[0] === OP.next) {
      const counter = writer.register(instruction[1]!);
      return [...counted, `${counter} = ${counter} + 1;`, "}"];
    }
    return [...counted, this.#jump(instruction, writer) ?? this.#statement(instruction, writer)];
  }

  #each(instruction: Instruction, cost: number, { register }: Writer): string[] {
    const [, item, counter, list, , bound] = instruction as [number, number, number, number, number, number];
    const [i, a] = [register(counter), register(list)];
    return [
      "for (;;) {",
      `used += ${cost};`,
      "if (used > most) { most = settle(used); used = 0; }",
      `if (!Array.isArray(${a})) break;`,
      `if (${a}.length > ${bound}) throw LEFT;`,
      `if (!(${i} < ${a}.length)) break;`,
      `${register(item)} = ${a}[${i}];`,
    ];
  }

  #jump(i: Instruction, writer: Writer): string | null {
    if (i[0] === OP.jump) return goTo(i[1]!, writer);
    const a = writer.register(i[1]!);
    switch (i[0]) {
      case OP.jump_if:
        return `if (${a} === true) ${goTo(i[2]!, writer)}`;
      case OP.jump_unless:
        return `if (${a} !== true) ${goTo(i[2]!, writer)}`;
      case OP.jump_if_false:
        return `if (${a} === false) ${goTo(i[2]!, writer)}`;
      case OP.jump_eq:
        return `if (${a} === ${this.constant(i[2]!)}) ${goTo(i[3]!, writer)}`;
      case OP.jump_ne:
        return `if (${a} !== ${this.constant(i[2]!)}) ${goTo(i[3]!, writer)}`;
      case OP.trap:
        return `if (${a} instanceof ErrorValue) throw LEFT;`;
      case OP.ret:
        return writer.give(a);
      default:
        return null;
    }
  }

  /** An instruction that only computes: its register is assigned. */
  #statement(i: Instruction, writer: Writer): string {
    const { register } = writer;
    const d = register(i[1]!);
    const settled = "most = settle(used); used = 0;";
    switch (i[0]) {
      case OP.eq:
      case OP.ne: {
        const [a, b] = [register(i[2]!), register(i[3]!)];
        const negate = i[0] === OP.ne;
        const slow = `${settled} ${d} = compare(${a}, ${b}, ${i[4]}, ${negate});`;
        if (i[4] === 0) return writer.unlike ?? slow;
        return `if (${sameSimple(a, b)}) { used += 1; ${d} = ${a} ${negate ? "!==" : "==="} ${b}; } else { ${writer.unlike ?? slow} }`;
      }
      case OP.put: {
        const [a, index, value] = [register(i[2]!), register(i[3]!), register(i[4]!)];
        return `if (Array.isArray(${a})) { used += Math.min(${a}.length, ${i[5]}); ${settled} } ${d} = putItem(${a}, ${index}, ${value}, ${i[5]});`;
      }
      case OP.record: {
        const items = range(i[2]!, i[3]!).map(register);
        return `used += ${items.length}; ${d} = [${items.join(", ")}];`;
      }
      case OP.call:
        return `${settled} ${d} = ${this.call(i[2]!, range(i[3]!, i[4]!).map(register))};`;
      case OP.builtin: {
        const row = this.loaded.builtins.get(i[2]!)!;
        const args = range(i[3]!, i[4]!).map(register);
        const name = this.#builtin(row, args.length);
        const fixed = row.fuel === 0 ? "" : `used += ${row.fuel}; `;
        if (row.perUnit === undefined) return `${fixed}${d} = ${name}(${args.join(", ")});`;
        return `${fixed}${settled} ${d} = ${name}(${[...args, i[5]].join(", ")});`;
      }
      case OP.match:
        return `${settled} ${d} = match(${register(i[2]!)}, ${i[3]}, ${i[4]});`;
      case OP.conform:
        return `${settled} ${d} = conform(${register(i[2]!)}, ${i[3]}, ${i[4]});`;
      case OP.add:
      case OP.sub:
      case OP.mul:
        return arithmetic(i[0], d, register(i[2]!), register(i[3]!));
      case OP.get: {
        const held = writer.slot?.(i[2]!, i[3]!) ?? null;
        return `${d} = ${held ?? this.#expression(i, register)};`;
      }
      default:
        return `${d} = ${this.#expression(i, register)};`;
    }
  }

  #expression(i: Instruction, register: Writer["register"]): string {
    const a = i[0] === OP.const || i[0] === OP.fail ? "" : register(i[2]!);
    const b = (): string => register(i[3]!);
    switch (i[0]) {
      case OP.const:
        return this.constant(i[2]!);
      case OP.move:
        return a;
      case OP.div:
        return `div(${a}, ${b()})`;
      case OP.neg:
        return `neg(${a})`;
      case OP.round_add:
        return `roundAdd(${a}, ${b()})`;
      case OP.round_sub:
        return `roundSub(${a}, ${b()})`;
      case OP.round_mul:
        return `roundMul(${a}, ${b()})`;
      case OP.to_decimal:
        return `toDecimal(${a})`;
      case OP.lt:
        return `${bothNumbers(a, b())} ? ${a} < ${b()} : less(${a}, ${b()})`;
      case OP.le:
        return `${bothNumbers(a, b())} ? ${a} <= ${b()} : lessOrEqual(${a}, ${b()})`;
      case OP.and:
        return `${a} === false || ${b()} === false ? false : ${a} === true && ${b()} === true ? true : and(${a}, ${b()})`;
      case OP.or:
        return `${a} === true || ${b()} === true ? true : ${a} === false && ${b()} === false ? false : or(${a}, ${b()})`;
      case OP.not:
        return `typeof ${a} === "boolean" ? !${a} : not(${a})`;
      case OP.known:
        return `${a} !== undefined && !(${a} instanceof ErrorValue)`;
      case OP.present:
        return `isPresent(${a})`;
      case OP.is_true:
        return `${a} === true`;
      case OP.is_error:
        return `${a} instanceof ErrorValue`;
      case OP.get:
        return `Array.isArray(${a}) && ${i[3]} < ${a}.length ? ${a}[${i[3]}] : getField(${a}, ${i[3]})`;
      case OP.set:
        return `setField(${a}, ${i[3]}, ${register(i[4]!)})`;
      case OP.item:
        return `itemOf(${a}, ${b()})`;
      case OP.length:
        return `Array.isArray(${a}) ? ${a}.length : lengthOf(${a})`;
      case OP.field: {
        const site = this.#sites++;
        const key = this.constant(i[3]!);
        const absent = this.#table(`a${i[3]}`, `absent[${i[3]}]`);
        const guess = `guesses[${site}]`;
        return `${a} instanceof MapValue && ${a}.keys[${guess}] === ${key} ? ${a}.values[${guess}] : field(${a}, ${key}, ${absent}, ${site})`;
      }
      case OP.key:
        return `keyOf(${a}, ${b()})`;
      default:
        return this.#table(`u${i[2]}`, `unstated[${i[2]}]`); // fail
    }
  }

  /** A function that calls a builtin of `count` arguments: what stands in the way, the work, then the builtin. */
  #builtin(row: MachineBuiltin, count: number): string {
    const name = `b${row.id}_${count}`;
    if (this.#tables.has(name)) return name;
    const args = range(0, count).map((at) => `p${at}`);
    const run = this.#table(`b${row.id}`, `builtins.get(${row.id}).run`);
    const lines: string[] = [];
    if (row.lazy !== true) {
      for (const arg of args) lines.push(`if (${arg} instanceof ErrorValue) return ${arg};`);
      for (const arg of args) lines.push(`if (${arg} === undefined) return undefined;`);
    }
    const list = `[${args.join(", ")}]`;
    if (row.perUnit !== undefined) {
      const { argument, further } = row.perUnit;
      const measured = args.slice(argument, further === true ? undefined : argument + 1);
      lines.push(
        `const work = ${measured.map((arg) => `unitsOf(${arg})`).join(" + ") || "0"};`,
        "if (work > bound) return LIMIT;",
        `settle(work * ${row.perUnit.fuel});`,
      );
      args.push("bound");
    }
    lines.push(`try { return ${run}(${list}); } catch { return KIND; }`);
    return this.#table(name, `(${args.join(", ")}) => { ${lines.join(" ")} }`);
  }
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, at) => from + at);

/** A constant written in the text, or null when it has to be named. */
function literal(value: Value): string | null {
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "boolean":
      return String(value);
    case "number":
      return Object.is(value, -0) || !Number.isSafeInteger(value) ? null : value < 0 ? `(${value})` : String(value);
    case "string":
      return value.length <= INLINE_TEXT_MAX ? JSON.stringify(value) : null;
    default:
      return value === null ? "null" : null;
  }
}

const bothNumbers = (a: string, b: string): string => `typeof ${a} === "number" && typeof ${b} === "number"`;

/** Both are texts, both numbers or both bools: equality is that of the host. */
const sameSimple = (a: string, b: string): string =>
  `typeof ${a} === "string" ? typeof ${b} === "string" : typeof ${a} === "number" ? typeof ${b} === "number" : typeof ${a} === "boolean" && typeof ${b} === "boolean"`;

/** The statement that goes to a target: out of its block, or back from a piece to where the block is. */
const goTo = (target: number, { labels, prefix, inPiece }: Writer): string =>
  inPiece && !labels.has(target) ? `{ meter[0] += used; return ${target}; }` : `break ${prefix}${target};`;

/** Two numbers: a small result first, then any safe one; all else is the machine's own arithmetic, exact at any size. */
function arithmetic(op: number, d: string, a: string, b: string): string {
  const [sign, name, result] =
    op === OP.add ? ["+", "add", "t"] : op === OP.sub ? ["-", "sub", "t"] : ["*", "mul", "t + 0"]; // -0 becomes 0
  return `if (${bothNumbers(a, b)} && (((t = ${a} ${sign} ${b}) | 0) === t || (t <= ${SAFE} && t >= -${SAFE}))) ${d} = ${result}; else ${d} = ${name}(${a}, ${b});`;
}
