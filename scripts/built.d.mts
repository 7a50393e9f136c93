export const root: string;
export const folders: readonly string[];
export function filesIn(folder: string): string[];
export function isBuilt(): boolean;
