/** A packed mini-program, started on glass-easel: its pages one over another, as in WeChat. */
import * as glassEasel from 'glass-easel'
import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { builtins, elementOf, ordinary } from './builtins.mjs'
import { makePhone } from './wx/phone.mjs'

// what compiled templates ask for
window.getRegExp = (...given) => new RegExp(...given)
window.getDate = (...given) => new Date(...given)

const MOST_PAGES = 10
const own = (target, name, value) => Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })

export async function start(program) {
  const stack = []
  const nav = { open, close, back, depth: () => stack.length, pages: () => stack.map((one) => one.page), find, scrollTo }
  const phone = await makePhone(program, nav)
  const space = codeSpace(program, phone, nav)
  const backend = space.backend
  look(program)

  /** A page on top of the others. */
  function open(address) {
    const [path, asked = ''] = address.replace(/^\//, '').split('?')
    if (!program.components[path] || !program.pages.includes(path)) throw new Error(`page "${path}" is not found`)
    if (stack.length >= MOST_PAGES) throw new Error('webview count limit exceed')
    const query = Object.fromEntries(asked.split('&').filter(Boolean).map((pair) => pair.split('=')))
    const root = backend.createRoot('page', space.codeSpace, path)
    const page = root.get()
    Object.assign(page, { route: path, options: query, is: path })
    stack.at(-1)?.page.onHide?.()
    const frame = document.createElement('div')
    const mark = document.createElement('span')
    frame.append(mark)
    document.querySelector('#pages').append(frame)
    stack.push({ page, root, frame, path })
    shown()
    root.attach(frame, mark)
    page.onLoad?.(query)
    page.onShow?.()
    setTimeout(() => page.onReady?.())
  }

  function close() {
    const top = stack.pop()
    top.page.onUnload?.()
    top.root.release()
    top.frame.remove()
  }

  function back() {
    if (stack.length < 2) return
    close()
    shown()
    stack.at(-1).page.onShow?.()
  }

  function shown() {
    const { path } = stack.at(-1)
    document.querySelector('#title').textContent = program.components[path].navigationBarTitleText ?? program.app.window?.navigationBarTitleText ?? ''
    document.querySelector('#back').hidden = stack.length < 2
    const there = new Set(stack.map((one) => one.path))
    for (const one of document.querySelectorAll('style[data-page]')) one.media = there.has(one.dataset.page) ? 'all' : 'not all'
    scroll(0, 0)
  }

  /** The element a selector finds in a component, or in the page on top. */
  function find(component, selector) {
    const inside = (component?._$ ?? stack.at(-1).root.getComponent()).getShadowRoot()
    return inside.querySelector(selector)?.$$ ?? null
  }

  function scrollTo({ selector, scrollTop, offsetTop = 0 }) {
    if (selector === undefined) return scroll(0, scrollTop)
    const found = find(null, selector)
    if (!found) throw new Error(`${selector} is not found`)
    scroll(0, scrollY + found.getBoundingClientRect().top - 44 + offsetTop)
  }

  document.querySelector('#back').addEventListener('click', back)
  const launched = { path: program.pages[0], query: {}, scene: 1001, referrerInfo: {} }
  const [path, asked = ''] = (phone.settings.page ?? program.pages[0]).split('?')
  Object.assign(launched, { path, query: Object.fromEntries(asked.split('&').filter(Boolean).map((pair) => pair.split('='))) })
  phone.launched(launched)
  space.app.onLaunch?.(launched)
  space.app.onShow?.(launched)
  addEventListener('visibilitychange', () => (document.hidden ? space.app.onHide?.() : space.app.onShow?.(launched)))
  open(phone.settings.page ?? program.pages[0])
}

function look({ app, theme, pages, styles }) {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const named = app.window?.navigationBarBackgroundColor ?? '#000000'
  document.documentElement.style.setProperty('--bar', named.startsWith('@') ? theme[dark ? 'dark' : 'light'][named.slice(1)] : named)
  for (const [path, text] of Object.entries(styles)) {
    const style = document.createElement('style')
    style.textContent = text
    if (pages.includes(path)) style.dataset.page = path
    document.head.append(style)
  }
}

function codeSpace(program, phone, nav) {
  const env = new MiniProgramEnv()
  const context = new glassEasel.CurrentWindowBackendContext()
  // built-in components have names of their own in the page, as in WeChat: an element `input` could hold nothing
  const named = (tag) => (tag === 'page' || tag.includes('-') && !builtins[tag] ? tag : `wx-${tag}`)
  context.document = {
    createElement: (tag) => document.createElement(named(tag)),
    createTextNode: (text) => document.createTextNode(text),
    createDocumentFragment: () => document.createDocumentFragment(),
  }
  context.onEvent((target, type, detail, options) => {
    const event = new glassEasel.Event(type, detail, options)
    if (type === 'tap') phone.tapped()
    glassEasel.Event.dispatchEvent(target, event)
    return event.defaultPrevented() ? glassEasel.EventBubbleStatus.NoDefault : glassEasel.EventBubbleStatus.Normal
  })
  asInWeChat()
  const globals = builtIn(env.getGlobalCodeSpace(), program.templates, phone)
  const space = env.createCodeSpace('main', true)
  space.getComponentSpace().updateComponentOptions({ useMethodCallerListeners: true })
  for (const [tag, component] of Object.entries(globals)) space.getComponentSpace().setGlobalUsingComponent(tag, component)
  for (const [path, given] of Object.entries(program.components)) {
    space.addComponentStaticConfig(path, { ...given, component: program.pages.includes(path) ? undefined : true })
    space.addCompiledTemplate(path, { groupList: program.templates, content: program.templates[path] })
    if (program.scopes[path]) space.addStyleSheet(path, undefined, program.scopes[path])
  }
  const app = run(program, phone, nav, space)
  return { codeSpace: space, backend: env.associateBackend(context), app }
}

function asInWeChat() {
  glassEasel.globalOptions.throwGlobalError = false
  const wrapped = glassEasel.Event.prototype.wrapShadowedEvent
  // a handler gets an event with fields of its own
  glassEasel.Event.prototype.wrapShadowedEvent = function (...given) {
    const event = wrapped.apply(this, given)
    const original = this.getOriginalEvent()
    own(event, 'type', this.type ?? this.getEventName())
    own(event, 'detail', this.detail)
    own(event, 'timeStamp', original?.timeStamp ?? performance.now())
    if (original?.changedTouches) {
      own(event, 'touches', touches(original.touches, original.target))
      own(event, 'changedTouches', touches(original.changedTouches, original.target))
    }
    return event
  }
  const kept = glassEasel.Element.prototype.setDataset
  // to be seen from outside
  glassEasel.Element.prototype.setDataset = function (name, value) {
    kept.call(this, name, value)
    const element = this.$$
    if (element?.setAttribute && typeof value !== 'object') element.setAttribute(`data-${name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}`, value)
  }
}

/** Where it was touched; a canvas says so from its own corner. */
function touches(list, target) {
  const corner = target.closest?.('wx-canvas')?.getBoundingClientRect()
  return [...list].map(({ identifier, clientX, clientY, pageX, pageY }) => (
    corner ? { identifier, x: clientX - corner.left, y: clientY - corner.top } : { identifier, clientX, clientY, pageX, pageY }
  ))
}

function builtIn(space, templates, phone) {
  const made = {}
  for (const [tag, { properties, attached }] of Object.entries(builtins)) {
    const path = `wechat/${tag}`
    space.addComponentStaticConfig(path, { component: true, styleIsolation: 'apply-shared' })
    space.addCompiledTemplate(path, { groupList: templates, content: templates[path] })
    space.componentEnv(path, ({ Component }) => Component({
      properties: { ...ordinary, ...properties },
      lifetimes: { attached() { attached?.(this, elementOf(this), phone) } },
    }))
    made[tag] = space.getComponentSpace().getComponentByUrl(path, '')
  }
  return made
}

/** glass-easel leaves it to its host to say that a component is laid out. */
function withReady({ attached, ready, ...others }) {
  const laidOut = (component) => setTimeout(() => { if (component._$.$$?.isConnected !== false) ready?.call(component) })
  return { ...others, attached() { attached?.call(this); laidOut(this) } }
}

/** Run the program's scripts, app.js first; returns what it gave to App(). */
function run(program, phone, nav, space) {
  const loaded = {}
  const global = {}
  let app = {}
  let current = null
  const getApp = () => app
  const define = (name) => (given) => {
    // what stands in the script counts as much as what stands in the JSON
    const config = space.getComponentStaticConfig(current.path)
    if (given?.options?.addGlobalClass) config.addGlobalClass = true
    if (given?.options?.styleIsolation) config.styleIsolation = given.options.styleIsolation
    if (name === 'Component' && given?.lifetimes) given.lifetimes = withReady(given.lifetimes)
    if (Array.isArray(given?.behaviors)) given.behaviors = given.behaviors.filter((one) => typeof one !== 'string')
    return current.env[name](given)
  }
  const [Page, Component, Behavior] = [define('Page'), define('Component'), define('Behavior')]
  const App = (given) => { app = Object.assign(app, { globalData: {} }, given) }

  function load(name) {
    if (loaded[name]) return loaded[name].exports
    const module = (loaded[name] = { exports: {} })
    const require = (to) => load(program.resolved[`${name}|${to}`])
    program.modules[name].call(undefined, require, module, module.exports, App, getApp, Page, Component, Behavior, nav.pages, phone.wx, global)
    return module.exports
  }

  const enter = (path, script) => space.componentEnv(path, (env) => {
    current = { path, env }
    load(script)
  })
  enter('app', 'app.js')
  for (const path of Object.keys(program.components)) enter(path, `${path}.js`)
  return app
}
