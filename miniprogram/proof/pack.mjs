// A mini-program's folder as one web page that runs on WeChat's own framework: node pack.mjs BUILD OUT
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import * as esbuild from 'esbuild'
import postcss from 'postcss'
import { builtins } from './builtins.mjs'

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')
const HERE = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname)
const [build, out] = process.argv.slice(2).map((one) => path.resolve(one))

const read = (name) => fs.readFileSync(path.join(build, name), 'utf8')
const json = (name) => (there(name) ? JSON.parse(read(name)) : {})
const there = (name) => fs.existsSync(path.join(build, name))
const beside = (from, to) => (to.startsWith('/') ? to.slice(1) : path.posix.join(path.posix.dirname(from), to))

const app = json('app.json')
const subPackages = app.subPackages ?? app.subpackages ?? []
const pages = [...app.pages, ...subPackages.flatMap(({ root, pages: own }) => own.map((one) => path.posix.join(root, one)))]

// ---- what is reachable from the pages: their components, each with its files
const components = new Map()
for (const page of pages) reach(page)

function reach(name) {
  if (components.has(name)) return
  if (!there(`${name}.wxml`)) throw new Error(`${name}.wxml is not in the build`)
  const given = json(`${name}.json`)
  const used = Object.fromEntries(Object.entries({ ...app.usingComponents, ...given.usingComponents }).map(([tag, to]) => [tag, `/${beside(name, to)}`]))
  components.set(name, { ...given, usingComponents: used })
  for (const one of Object.values(used)) reach(one.slice(1))
}

// ---- templates
const templates = new TmplGroup()
const warnings = []
const WXML = new Set(['block', 'slot', 'template', 'import', 'include'])
const templated = new Set()
for (const name of components.keys()) template(name)
for (const [tag, { inside }] of Object.entries(builtins)) templates.addTmpl(`wechat/${tag}`, inside)

function template(name) {
  if (templated.has(name)) return
  templated.add(name)
  const known = components.get(name)?.usingComponents ?? {}
  const strange = [...read(`${name}.wxml`).matchAll(/<([a-z][\w-]*)/g)].map(([, tag]) => tag).filter((tag) => !builtins[tag] && !WXML.has(tag) && !known[tag])
  if (strange.length) throw new Error(`${name}.wxml uses ${[...new Set(strange)].join()}, not played here: see builtins.mjs`)
  for (const one of templates.addTmpl(name, read(`${name}.wxml`)) ?? []) warnings.push(`${name}.wxml: ${one.message ?? one}`)
  for (const one of templates.getDirectDependencies(name)) template(one.replace(/^\//, ''))
  const scripts = templates.getScriptDependencies(name)
  if (scripts.length) throw new Error(`${name}.wxml uses WXS, which is not played here`)
}

// ---- styles: app.wxss and a page's own reach the page; a component's own reach itself only, unless it shares them with the page
function style(name, scope) {
  if (!there(name)) return ''
  const root = postcss.parse(read(name), { from: name })
  root.walkAtRules('import', (rule) => {
    const to = /["']([^"']+)["']/.exec(rule.params)?.[1] ?? ''
    rule.replaceWith(postcss.parse(style(beside(name, to), null)))
  })
  root.walkDecls((one) => { one.value = one.value.replace(/(-?[\d.]+)rpx/g, (_, n) => `calc(100vw / 750 * ${n})`) })
  // built-in components have names of their own in the page
  root.walkRules((rule) => { rule.selector = rule.selector.replace(/(^|[\s,>+~(])([a-z][a-z-]*)(?![\w-]*\()/g, (all, before, tag) => (builtins[tag] ? `${before}wx-${tag}` : all)) })
  if (scope) {
    root.walkRules((rule) => {
      if (rule.parent.type === 'atrule' && /keyframes/.test(rule.parent.name)) return
      // WeChat knows only classes in a component's style
      if (/(^|[\s,>+~])[a-z#[*]/.test(rule.selector.replace(/::?[\w-]+(\([^)]*\))?/g, ''))) warnings.push(`${name}: ${rule.selector}`)
      rule.selector = rule.selector.replace(/\.(-?[A-Za-z_][\w-]*)/g, `.${scope}--$1`).replace(/:host/g, `[wx-host="${scope}"]`)
    })
  }
  return root.toString()
}

const scopes = {}
const styles = { app: style('app.wxss', null) }
for (const name of components.keys()) {
  if (!pages.includes(name) && !/styleIsolation:\s*"shared"/.test(read(`${name}.js`))) scopes[name] = `s${Object.keys(scopes).length}`
  styles[name] = style(`${name}.wxss`, scopes[name] ?? null)
}

// ---- scripts: each a function that gets what WeChat gives it, and nothing of a browser
const modules = {}
const resolved = {}
for (const name of ['app', ...components.keys()]) script(`${name}.js`)

function script(name) {
  if (modules[name] !== undefined) return
  modules[name] = read(name)
  for (const [, to] of modules[name].matchAll(/require\(\s*["']([^"']+)["']\s*\)/g)) {
    const found = [beside(name, to), `${beside(name, to)}.js`].find((one) => one.endsWith('.js') && there(one))
    if (!found) throw new Error(`${name} requires ${to}, which is not in the build`)
    resolved[`${name}|${to}`] = found
    script(found)
  }
}

const GIVEN = ['require', 'module', 'exports', 'App', 'getApp', 'Page', 'Component', 'Behavior', 'getCurrentPages', 'wx', 'global']
const NOT_THERE = [
  'window', 'self', 'globalThis', 'document', 'navigator', 'location', 'history', 'fetch', 'XMLHttpRequest', 'WebSocket', 'localStorage',
  'sessionStorage', 'indexedDB', 'caches', 'URL', 'URLSearchParams', 'Blob', 'File', 'FormData', 'FileReader', 'Image', 'btoa', 'atob',
  'TextEncoder', 'TextDecoder', 'crypto', 'structuredClone', 'createImageBitmap', 'matchMedia', 'alert', 'confirm', 'prompt', 'Worker',
  'requestAnimationFrame', 'AbortController', 'Headers', 'Request', 'Response', 'Event', 'CustomEvent', 'HTMLElement', 'MutationObserver',
]
const functions = Object.entries(modules).map(([name, code]) => `${JSON.stringify(name)}: function (${[...GIVEN, ...NOT_THERE].join(', ')}) {${code}\n}`)
const program = `export default {
  app: ${JSON.stringify(app)}, theme: ${JSON.stringify(json('theme.json'))}, pages: ${JSON.stringify(pages)},
  components: ${JSON.stringify(Object.fromEntries(components))}, scopes: ${JSON.stringify(scopes)}, styles: ${JSON.stringify(styles)},
  resolved: ${JSON.stringify(resolved)}, templates: (${templates.getTmplGenObjectGroups()}),
  modules: {\n${functions.join(',\n')}\n} }`

fs.mkdirSync(out, { recursive: true })
await esbuild.build({
  stdin: { contents: `import { start } from './start.mjs'\nimport program from 'the-mini-program'\nstart(program)`, resolveDir: HERE },
  plugins: [{
    name: 'the-mini-program',
    setup(by) {
      by.onResolve({ filter: /^the-mini-program$/ }, () => ({ path: 'program', namespace: 'packed' }))
      by.onLoad({ filter: /.*/, namespace: 'packed' }, () => ({ contents: program, loader: 'js' }))
    },
  }],
  bundle: true, format: 'iife', target: 'es2020', outfile: path.join(out, 'program.js'), logLevel: 'error',
})
fs.copyFileSync(path.join(HERE, 'wechat.css'), path.join(out, 'wechat.css'))
fs.copyFileSync(path.join(HERE, 'index.html'), path.join(out, 'index.html'))
fs.writeFileSync(path.join(out, 'warnings.json'), JSON.stringify(warnings, null, 1))
