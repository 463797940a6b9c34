// The lock file says what, not where from: no host is named in it. Run by `npm run lock`.
import fs from 'node:fs'

const lock = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
for (const one of Object.values(lock.packages)) for (const name of ['resolved', 'funding', 'deprecated']) delete one[name]
fs.writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
