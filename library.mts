/**
 * The entry for ES modules. The library itself is there once, as CommonJS: of two copies, neither would know the other's
 * components.
 */
export * from "./library.js";
