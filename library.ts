/** What the package exports. Importing it runs nothing: the root program is index.ts. */
export * from "./components";
export { coloFrom, type ColoContract, type ColoFromArgs, exportColo, type ExportColoArgs } from "./config/contract";
