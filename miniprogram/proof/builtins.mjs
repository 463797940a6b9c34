/** WeChat's built-in components, as far as the program uses them: `inside` is their template; `attached` gets the
 * component and its element. What a screen reader is told is what WeChat passes on: `aria-*`, and `aria-role` for a role. */

const ARIA = ['Label', 'Checked', 'Selected', 'Hidden', 'Disabled', 'Live', 'Modal', 'Expanded', 'Labelledby', 'Describedby']

/** An attribute as a property whose value lands on the element. */
function told(name, attribute) {
  return [name, { type: null, value: null, observer(value) { put(elementOf(this), attribute, value) } }]
}

export const ordinary = Object.fromEntries([
  ...ARIA.map((one) => told(`aria${one}`, `aria-${one.toLowerCase()}`)),
  told('ariaRole', 'role'),
  // of the H5; WeChat knows them not, and passes them over
  ...['role', 'tabindex', 'alt', 'hoverClass', 'hoverStopPropagation', 'hidpi', 'width', 'height'].map((name) => [name, { type: null, value: null }]),
  ['hidden', { type: Boolean, value: false, observer(value) { elementOf(this).style.display = value ? 'none' : '' } }],
])

export function elementOf(component) {
  return component._$.$$
}

function put(element, attribute, value) {
  if (value === null || value === undefined || value === '') element.removeAttribute(attribute)
  else element.setAttribute(attribute, String(value))
}

/** A field: its value is the program's, what is typed is told. */
function field(tag, properties) {
  return {
    inside: '',
    properties: {
      value: { type: String, value: '', observer(value) { const own = elementOf(this).querySelector('.inner'); if (own && own.value !== value) own.value = value } },
      placeholder: String, type: String, disabled: Boolean, focus: Boolean, name: String, confirmType: String,
      maxlength: { type: Number, value: 140 }, ...properties,
    },
    attached(component, element) {
      const own = document.createElement(tag)
      own.className = 'inner'
      own.value = component.data.value
      own.placeholder = component.data.placeholder
      if (component.data.maxlength >= 0) own.maxLength = component.data.maxlength
      if (component.data.ariaLabel) own.setAttribute('aria-label', component.data.ariaLabel)
      const tell = (real, name, detail) => own.addEventListener(real, (event) => {
        // the page hears WeChat's event, not the browser's beside it
        event.stopPropagation()
        component.triggerEvent(name, detail())
      })
      tell('input', 'input', () => ({ value: own.value, cursor: own.selectionStart, keyCode: 0 }))
      tell('focus', 'focus', () => ({ value: own.value, height: 0 }))
      tell('blur', 'blur', () => ({ value: own.value }))
      tell('change', 'confirm', () => ({ value: own.value }))
      element.append(own)
    },
  }
}

const box = { inside: '<slot/>', properties: {} }

/** `phone`: what WeChat itself does when such a component is used. */
export const builtins = {
  view: box, text: { inside: '<slot/>', properties: { userSelect: Boolean, space: String, decode: Boolean } }, label: box, form: box,
  'root-portal': box,
  'scroll-view': { inside: '<slot/>', properties: { scrollX: Boolean, scrollY: Boolean, scrollIntoView: String } },
  button: {
    inside: '<slot/>',
    properties: { type: String, size: String, plain: Boolean, disabled: Boolean, loading: Boolean, openType: String, formType: String },
    attached(component, element, phone) {
      if (!component.data.ariaRole) element.setAttribute('role', 'button')
      element.addEventListener('click', () => {
        if (!component.data.disabled && component.data.openType) void phone.opened(component.data.openType, (name, detail) => component.triggerEvent(name, detail), element.id || component.id)
      })
    },
  },
  image: {
    inside: '',
    properties: {
      mode: { type: String, value: 'scaleToFill', observer(value) { elementOf(this).setAttribute('data-mode', value) } },
      src: { type: String, value: '', observer() { this.show?.() } },
      lazyLoad: Boolean,
    },
    attached(component, element, phone) {
      const own = document.createElement('img')
      own.alt = ''
      element.append(own)
      component.show = () => {
        void phone.picture(component.data.src).then((address) => {
          if (address) own.src = address
          else if (component.data.src) component.triggerEvent('error', { errMsg: `${component.data.src} is not there` })
        })
      }
      component.show()
    },
  },
  input: field('input', { password: Boolean, cursor: Number }),
  textarea: field('textarea', { autoHeight: Boolean, fixed: Boolean }),
  canvas: {
    inside: '',
    properties: { type: String, canvasId: String, disableScroll: Boolean },
    attached(component, element) {
      element.append(document.createElement('canvas'))
    },
  },
  picker: {
    inside: '<slot/>',
    properties: { mode: { type: String, value: 'selector' }, value: null, range: Array, rangeKey: String, start: String, end: String, fields: String, disabled: Boolean },
    attached(component, element) {
      element.addEventListener('click', () => {
        if (component.data.disabled) return
        const { mode, range } = component.data
        const own = document.createElement(mode === 'selector' ? 'select' : 'input')
        own.setAttribute('aria-label', '选择')
        if (mode === 'selector') (range ?? []).forEach((one, n) => own.append(new Option(typeof one === 'object' ? one[component.data.rangeKey] : one, n)))
        else own.type = mode
        own.addEventListener('change', () => { component.triggerEvent('change', { value: own.value }); own.remove() })
        document.querySelector('#wechat').after(own)
        own.focus()
      })
    },
  },
  switch: {
    inside: '',
    properties: { checked: { type: Boolean, value: false, observer(value) { elementOf(this).toggleAttribute('data-checked', value) } }, disabled: Boolean, color: String },
    attached(component, element) {
      element.addEventListener('click', () => {
        component.setData({ checked: !component.data.checked })
        component.triggerEvent('change', { value: component.data.checked })
      })
    },
  },
}
