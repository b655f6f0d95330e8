/**
 * The words of the scripts in the browser. Each language has its own bundle: the bundler puts its catalogue in the place
 * of this one.
 */
export { en as words } from './en.ts'
