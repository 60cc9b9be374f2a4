/* The page: what ran, how it went, and which of it is shown. */

const run = read(byId('run')) || {};
const end = read(byId('end'));
const cases = [...document.querySelectorAll('script.case')].map((script, index) => {
	const next = script.nextElementSibling, details = next?.className === 'details' ? next : null;
	const layout = details?.nextElementSibling;

	return { index, result: JSON.parse(script.textContent), details, layout: layout?.className === 'layout' ? layout : null };
});

const order = ['fail', 'error', 'flaky', 'skip', 'pass'];
const countKinds = items => Object.fromEntries(order.map(kind => [kind, items.filter(item => item.result.result === kind).length]));
const counts = countKinds(cases);
const bad = counts.fail + counts.error;

/* ---- Overview ---- */

function bar(of) {
	return ['pass', 'skip', 'flaky', 'error', 'fail'].filter(kind => of[kind]).map(kind =>
		make('i', { class: kind, style: `flex:${of[kind]}` }));
}
const barText = of => order.filter(kind => of[kind]).map(kind => `${of[kind]} ${WORDS[kind]}`).join(', ');

function headline(coverage) {
	const text = !cases.length ? 'Nothing has run' : bad ? `${plural(bad, 'case')} of ${cases.length} failed` : `All ${plural(cases.length, 'case')} passed${counts.skip ? ` or were skipped` : ''}`;
	const rules = coverage?.querySelector('.lead b').textContent;
	const facts = [end ? (end.interrupted_by ? `stopped: ${end.interrupted_by}` : `in ${duration(end.duration_us)}`) : 'the run did not come to its end',
		run.date, run.seed && make('span', {}, 'seed ', make('code', {}, `${run.seed}`)), rules && make('a', { href: '#rules' }, `rules: ${rules} covered`),
		run.command && make('code', {}, run.command)];

	document.title = `${bad ? '✗' : '✓'} ${text} — nstest`;
	byId('headline').replaceChildren(make('span', {}, 'nstest'), ' ', text);
	byId('headline').className = bad ? 'fail' : 'pass';
	byId('sum').setAttribute('aria-label', barText(counts));
	byId('sum').append(...bar(counts));
	byId('facts').append(...facts.filter(Boolean).map(fact => make('span', {}, fact)));
}

let chosen = null; /* suite; null: all */

function suiteRow(name, items) {
	const of = countKinds(items), row = make('button', { type: 'button', class: 'suite', 'aria-pressed': 'false', onclick: () => {
		chosen = chosen === name ? null : name;
		for (const other of byId('suites').querySelectorAll('.suite'))
			other.setAttribute('aria-pressed', other === row && chosen !== null);
		update();
	} }, make('span', { class: 'title' }, name || '(no suite)'),
	make('span', { class: 'sum', role: 'img', 'aria-label': barText(of) }, bar(of)),
	make('span', { class: 'n' }, of.fail + of.error ? make('b', { class: 'fail' }, `${of.fail + of.error} of ${items.length} failed`) : `${items.length}`),
	make('span', { class: 'time' }, duration(items.reduce((sum, item) => sum + item.result.duration_us, 0))));

	return row;
}

/* A line per suite, if there are several. */
function overview() {
	const suites = new Map();

	for (const item of cases) {
		if (!suites.has(item.result.suite)) suites.set(item.result.suite, []);
		suites.get(item.result.suite).push(item);
	}
	if (suites.size < 2) return;
	byId('suites').append(make('details', { class: 'suites', open: suites.size <= 24 && !isNarrow() ? '' : null },
		make('summary', {}, plural(suites.size, 'suite')), make('div', { class: 'grid' }, [...suites].map(([name, items]) => suiteRow(name, items)))));
}

/* ---- Which are shown ---- */

const shown = new Set(order);
const rows = cases.map(caseRow);
const texts = cases.map(item => `${item.result.suite} / ${item.result.case} ${reason(item.result)}`.toLowerCase());

function update() {
	const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
	let visible = 0;

	cases.forEach((item, i) => {
		rows[i].hidden = !shown.has(item.result.result) || (chosen !== null && item.result.suite !== chosen) || !words.every(word => texts[i].includes(word));
		visible += !rows[i].hidden;
	});
	byId('count').textContent = visible === cases.length ? '' : `${visible} of ${cases.length} shown`;
}

function sort() {
	const by = {
		run: (a, b) => a - b,
		bad: (a, b) => order.indexOf(cases[a].result.result) - order.indexOf(cases[b].result.result) || a - b,
		slow: (a, b) => cases[b].result.duration_us - cases[a].result.duration_us,
		name: (a, b) => texts[a] < texts[b] ? -1 : 1,
	}[byId('order').value];

	byId('list').append(...cases.map((item, i) => i).sort(by).map(i => rows[i]));
}

function filters() {
	byId('filters').append(...order.filter(kind => counts[kind]).map(kind => {
		const button = make('button', { type: 'button', 'aria-pressed': 'true', class: kind, 'data-kind': kind, onclick: () => {
			const on = button.getAttribute('aria-pressed') !== 'true';

			button.setAttribute('aria-pressed', on);
			if (on) shown.add(kind); else shown.delete(kind);
			update();
		} }, make('span', { class: 'mark' }, MARKS[kind]), ' ', make('b', {}, `${counts[kind]}`), ` ${WORDS[kind]}`);

		return button;
	}));
}

/* ---- Keys ---- */

function move(step, wanted) {
	const visible = [...byId('list').children].filter(element => !element.hidden && (!wanted || element.matches(wanted)));
	const at = visible.indexOf(document.activeElement?.closest('details.case'));
	const next = visible[at < 0 ? (step > 0 ? 0 : visible.length - 1) : Math.max(0, Math.min(visible.length - 1, at + step))];

	next?.querySelector('summary').focus();
	next?.scrollIntoView({ block: 'nearest' });
}

addEventListener('keydown', event => {
	if (event.ctrlKey || event.metaKey || event.altKey) return;
	if (event.target.matches('input, select, textarea')) {
		if (event.key === 'Escape') event.target.blur();
		return;
	}
	if (event.key === '/') { event.preventDefault(); byId('search').focus(); }
	if (event.key === 'j') move(1);
	if (event.key === 'k') move(-1);
	if (event.key === 'n') move(1, '.fail, .error');
	if (event.key === 'r') byId('rules')?.scrollIntoView();
});

/* ---- Light and dark ---- */

const themes = ['', 'light', 'dark'];
function theme(name) {
	if (name) document.documentElement.dataset.theme = name;
	else delete document.documentElement.dataset.theme;
	byId('theme').textContent = name === 'light' ? '☀ Light' : name === 'dark' ? '☾ Dark' : '◐ System';
	try { localStorage.setItem('nstest-theme', name); } catch { /* a page of a file may have none */ }
}
let known = '';
try { known = localStorage.getItem('nstest-theme') || ''; } catch { /* so be it */ }
theme(known);
byId('theme').addEventListener('click', () => theme(themes[(themes.indexOf(document.documentElement.dataset.theme || '') + 1) % 3]));

/* report.html#case-3 */
function openNamed() {
	const named = location.hash && byId(location.hash.slice(1));

	if (!named) return;
	if (named.matches('details.case')) named.open = true;
	named.scrollIntoView();
}

const coverage = coverageSection(read(document.querySelector('script.rules')));
headline(coverage);
overview();
filters();
if (bad) byId('order').value = 'bad';
sort();
if (!cases.length) byId('list').append(make('p', { class: 'empty' }, 'No case has ended yet.'));
update();
if (coverage) byId('list').after(coverage);
byId('search').addEventListener('input', update);
byId('order').addEventListener('change', sort);
addEventListener('hashchange', openNamed);
openNamed();
document.documentElement.dataset.ready = 'true';
