// Agreement to Program: names, then types, then what can be proved about money, time and bounds.
import type { Agreement } from "../../lang/ast.ts";
import type { Outcome } from "../../lang/diagnostic.ts";
import type { Program } from "../model.ts";

export declare function checkDocument(document: Agreement): Outcome<Program | null>;
