/**
 * What is said around the API's description, in English. What the operations do is told in English to all.
 */
export const enApi = {
  title: 'The API',
  hint: 'All that a program may ask this box, made of the routes that it has. What each does is described in English.',
  document: 'The same for programs (OpenAPI 3.1)',
  tokens: 'A program needs a token, which an admin makes on the page Users.',
  open: 'open to all',
  needs: (role: string) => `needs the role ${role}`,
  parameters: 'Parameters',
  must: 'must be given',
  places: { path: 'in the path', query: 'behind the question mark' },
  body: 'Takes',
  answers: 'Answers',
  problem: 'Otherwise',
  example: 'Example',
  shapes: 'Shapes of answers',
  count: (count: number) => `Operations: ${count}`,
  none: 'No operation of that name.',
}

export type ApiWords = typeof enApi
