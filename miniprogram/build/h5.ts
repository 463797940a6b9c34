/** What the H5 is served as: a page that is usable before its scripts are there, a service worker that keeps the
 * program on the phone, and every file compressed beside itself. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { transformSync } from 'esbuild'
import type { OutputBundle, OutputChunk } from 'rollup'
import type { Plugin } from 'vite'

const HERE = path.resolve('build')
// what opens first: the sign-in's end, and the tab of those who come most
const FIRST_PAGES = ['pages/home/index.vue', 'pages/today/index.vue']
const COMPRESSED = /\.(js|css|html|ttf|json)$/
const LEAST_BYTES = 600

export function h5(): Plugin {
  let out = ''
  return {
    name: 'shandu-h5',
    enforce: 'post',
    configResolved(config) { out = path.resolve(config.root, config.build.outDir) },
    transformIndexHtml: {
      order: 'post',
      // scripts and styles of the program come after the door: nothing holds up its first drawing
      handler: (html, { bundle }) => moved(html, fetchedEarly(bundle ?? {})).replace('<!--door-style-->', () => `<style>${small('door.css', 'css')}</style>`).replace('<!--door-script-->', () => `<script>${small('door.js', 'js')}</script>`),
    },
    closeBundle() {
      const files = fs.readdirSync(path.join(out, 'assets')).filter((name) => !/\.(br|gz)$/.test(name)).map((name) => `assets/${name}`)
      const page = fs.readFileSync(path.join(out, 'index.html'))
      const version = createHash('sha256').update(files.join()).update(page).digest('hex').slice(0, 16)
      const worker = fs.readFileSync(path.join(HERE, 'sw.js'), 'utf8')
      fs.writeFileSync(path.join(out, 'sw.js'), worker.replace('__VERSION__', version).replace('__FILES__', JSON.stringify(['', ...files])))
      for (const name of ['index.html', 'sw.js', ...files]) compress(path.join(out, name))
    },
  }
}

/** `aria-role` is WeChat's own name of `role`; a browser has the one, and a reader of screens is told of the other. */
export function plainRoles(): Plugin {
  return {
    name: 'shandu-plain-roles',
    enforce: 'pre',
    transform: (code, id) => (/\.vue$/.test(id) ? { code: code.replace(/ :?aria-role="[^"]*"/g, ''), map: null } : null),
  }
}

function moved(html: string, early: string[]): string {
  const programs = html.match(/<script type="module"[^>]*><\/script>|<link rel="stylesheet"[^>]*>/g) ?? []
  return programs.reduce((rest, one) => rest.replace(one, ''), html).replace('</body>', `${[...programs, ...early].join('\n')}\n</body>`)
}

/** Links for what the program asks for as soon as it runs: it need not be there first to say so. */
function fetchedEarly(bundle: OutputBundle): string[] {
  const chunks = Object.values(bundle).filter((one): one is OutputChunk => one.type === 'chunk')
  const entry = new Set(chunks.filter((one) => one.isEntry).flatMap((one) => [one.fileName, ...(one.viteMetadata?.importedCss ?? [])]))
  const found = new Set<string>()
  const add = (name: string): void => {
    const chunk = chunks.find((one) => one.fileName === name)
    if (!chunk || entry.has(name) || found.has(name)) return
    found.add(name)
    for (const css of chunk.viteMetadata?.importedCss ?? []) if (!entry.has(css)) found.add(css)
    chunk.imports.forEach(add)
  }
  for (const one of chunks) if (FIRST_PAGES.some((page) => one.moduleIds.some((id) => id.endsWith(page)) && !one.isEntry)) add(one.fileName)
  return [...found].map((name) => (name.endsWith('.css') ? `<link rel="preload" as="style" href="/m/${name}">` : `<link rel="modulepreload" href="/m/${name}">`))
}

/** A file of this folder as short as it can be. */
function small(name: string, loader: 'css' | 'js'): string {
  return transformSync(fs.readFileSync(path.join(HERE, name), 'utf8'), { loader, minify: true, target: 'es2018', charset: 'utf8' }).code.trim()
}

function compress(file: string): void {
  const data = fs.readFileSync(file)
  if (!COMPRESSED.test(file) || data.length < LEAST_BYTES) return
  fs.writeFileSync(`${file}.gz`, gzipSync(data, { level: 9 }))
  fs.writeFileSync(`${file}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
}
