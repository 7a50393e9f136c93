export const root: string;
export function filesIn(folder: string): string[];
export function isBuilt(): boolean;
