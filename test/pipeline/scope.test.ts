import { test } from 'tap'
import { inScope, scopes } from '../../daemon/pipeline/scope.ts'
import type { StreamId } from '../../daemon/types.ts'
import { axis, horseId, yard } from '../identity/vectors.ts'

const paddock = 'paddock' as StreamId

test('in scope stream each camera knows its own horses, in scope barn all know all', async (t) => {
  const [stream, barn] = [scopes('stream'), scopes('barn')]
  t.equal(stream(yard), stream(yard))
  t.not(stream(yard), stream(paddock))
  t.equal(barn(yard), barn(paddock))
  t.not(stream('barn' as StreamId), barn(yard), 'whatever a camera is called')
})

test('a stored vector is known in the scope of its horse', async (t) => {
  const vector = { id: 1, horseId: horseId('A'), streamId: yard, vector: axis(0), quality: 1 }
  t.equal(inScope(scopes('stream'))(vector).scopeId, scopes('stream')(yard))
  t.equal(inScope(scopes('barn'))(vector).scopeId, scopes('barn')(paddock))
})

test('L5: a stream is no scope', async () => {
  const scopeOf = scopes('stream')
  // @ts-expect-error: a scope is no stream, though both are text
  scopeOf(scopeOf(yard))
  // @ts-expect-error: nor is a stream a scope
  const scopeId: ReturnType<typeof scopeOf> = yard
  void scopeId
})
