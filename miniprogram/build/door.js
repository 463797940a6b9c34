/* The H5's first page: usable before the program has come. In a demonstration one plays anybody; the choice is kept
 * the way uni.setStorageSync keeps things. Plain script, inlined into index.html. */
(function () {
  var KEY = 'shandu:as'
  var door = document.getElementById('door')
  var open
  var opened = new Promise(function (resolve) { open = resolve })
  var ROLES = [
    ['committee', '膳食家委会委员', '扫码签到，填每月的表'],
    ['supervisor', '责任督学', '到校督查，回头看'],
    ['head', '学校负责人', '整改，陪餐，回应'],
    ['manager', '食堂管理员', '填台账，整改'],
    ['parent', '家长', '答问卷，看公示'],
    ['county', '县教体局', '看进度，核查，调度'],
  ]

  function known() { try { return localStorage.getItem(KEY) } catch (e) { return null } }

  function element(tag, words, name) {
    var made = document.createElement(tag)
    if (words) made.textContent = words
    if (name) made.className = name
    return made
  }

  function button(words, small, act, name) {
    var made = element('button', '', name)
    made.type = 'button'
    made.append(element('span', words))
    if (small) made.append(element('small', small))
    made.onclick = function () {
      made.disabled = true
      Promise.resolve(act()).catch(function () { say('没有打开。请检查网络，或者在微信里打开“膳督”小程序。') }).then(function () { made.disabled = false })
    }
    return made
  }

  function show(title, words, buttons) {
    door.replaceChildren(element('header', '膳督'), element('h1', title), element('p', words))
    buttons.forEach(function (one) { door.append(one) })
    door.scrollTop = 0
  }

  function say(words) {
    var old = door.querySelector('.bad')
    if (old) old.remove()
    var note = element('p', words, 'bad')
    note.setAttribute('role', 'alert')
    door.querySelector('h1').after(note)
  }

  function ask(path) {
    return fetch(path).then(function (answer) { if (!answer.ok) throw new Error(String(answer.status)); return answer.json() })
  }

  function become(person) {
    localStorage.setItem(KEY, JSON.stringify({ type: 'object', data: person }))
    bones()
    open()
  }

  /** The shape of the page to come. */
  function bones() {
    door.replaceChildren(element('header', '膳督'), element('div', '', 'bone'), element('div', '', 'bone'), element('div', '', 'bone'))
    door.setAttribute('aria-busy', 'true')
  }

  function roles() {
    var given = new URLSearchParams(location.hash.split('?')[0].slice(1))
    if (given.get('as')) return asked(given)
    show('您是谁？', '这是演示：选一个身份，用真实的服务器试一遍。', ROLES.map(function (role) {
      return button(role[1], role[2], function () { return first(role[0]) })
    }).concat(button('选别的学校和人', '', counties, 'more')))
  }

  function first(kind) {
    return ask('/demo/schools').then(function (schools) {
      return ask('/demo/people?school=' + schools[0].id).then(function (people) {
        var person = people.filter(function (one) { return one.kind === kind })[0]
        if (person) become(person)
        else return counties()
      })
    })
  }

  function counties() {
    return ask('/demo/schools').then(function (schools) {
      var found = {}
      schools.forEach(function (one) { (found[one.county] = found[one.county] || []).push(one) })
      show('哪个县？', '', Object.keys(found).map(function (county) {
        return button(county, found[county].length + '所学校', function () { return choose(found[county]) })
      }).concat(button('返回', '', roles, 'more')))
    })
  }

  function choose(schools) {
    show('哪所学校？', '', schools.map(function (school) {
      return button(school.name, '', function () { return people(school.id) })
    }).concat(button('返回', '', counties, 'more')))
  }

  function people(school) {
    return ask('/demo/people?school=' + school).then(function (found) {
      show('这台手机是谁的？', '', found.map(function (person) {
        return button(person.name, person.post, function () { become(person) })
      }).concat(button('返回', '', counties, 'more')))
    })
  }

  /** A link that says whose phone it is: #as=ID&school=ID */
  function asked(given) {
    bones()
    ask('/demo/people?' + (given.get('school') ? 'school=' + given.get('school') : 'county=' + given.get('county'))).then(function (found) {
      var person = found.filter(function (one) { return String(one.id) === given.get('as') })[0]
      location.hash = ''
      if (person) become(person)
      else roles()
    }).catch(roles)
  }

  window.shanduDoor = { opened: opened, close: function () { door.hidden = true } }
  if (/^#as=/.test(location.hash)) {
    try { ['as', 'token', 'me', 'role'].forEach(function (name) { localStorage.removeItem('shandu:' + name) }) } catch (e) { /* kept nothing */ }
  }
  if (known()) bones()
  else roles()
})()
