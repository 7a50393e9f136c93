// What Vite makes of imports.
declare module "*?raw" {
  const text: string;
  export default text;
}
declare module "*?worker" {
  const Start: new () => Worker;
  export default Start;
}
