/** Every operation of the API's document, asked right and wrong, by everybody, over a port. */
import t from 'tap'
import { fuzz } from './fuzz.ts'

t.test(
  'whatever is asked, the box answers soon, as its document says, and takes nothing too large',
  async (t) => {
    const seed = Date.now() % 2 ** 31
    const { found, faults, succeeded, operations, statuses } = await fuzz(
      (end) => t.teardown(end),
      t.testdir({}),
      { runs: 800, seed },
    )
    t.equal(found, undefined)
    t.same(faults, [], 'no fault of the box’s own')
    t.comment(
      `seed ${seed}: ${JSON.stringify(statuses)}; ${succeeded.size} of ${operations} did what was asked`,
    )
    t.ok(succeeded.size > operations / 3, 'and much was really done at least once')
    for (const status of [400, 401, 403, 404, 413]) t.ok(statuses[status], `${status} was among them`)
  },
)
