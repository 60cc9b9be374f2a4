/* Rulesets: what rules of a case counted, and the rule coverage of the run. */

/* ---- Of a case: as the kernel listed them ---- */

/* Without the tables that nstest has put beside them. */
function ownLines(text) {
	const lines = [];
	let hidden = false;

	for (const line of text.trimEnd().split('\n')) {
		hidden ||= /^table \S+ nstest_(?!nat)/.test(line);
		if (!hidden) lines.push(line);
		if (line === '}') hidden = false;
	}
	return lines;
}

function ruleLine(line) {
	const counted = line.match(/counter packets (\d+)/) || line.match(/^\[(\d+):\d+\] -A/);

	return [make('span', { class: 'n' }, counted ? counted[1] : ''), make('span', { class: !counted ? '' : +counted[1] ? 'hit' : 'miss' }, line || ' ')];
}

function rulesetSection(details) {
	const rulesets = (details.rulesets || []).map(rules => ({ host: rules.host, lines: ownLines(rules.text) })).filter(rules => rules.lines.some(line => line.trim()));

	return rulesets.length ? [make('h2', {}, 'Rulesets, and what they counted'),
		rulesets.map(rules => make('details', { class: 'fold' }, make('summary', {}, rules.host),
			make('div', { class: 'code', tabindex: 0, role: 'region', 'aria-label': `Ruleset of ${rules.host}` }, rules.lines.map(ruleLine))))] : [];
}

/* ---- Of the run: sources with counts ---- */

const percent = (part, all) => all ? `${(100 * part / all).toFixed(1).replace(/\.0$/, '')} %` : '–';
const decided = rule => rule.decides ? rule.matched : '–';

function whyNot(rule) {
	if (rule.matched) return '';
	if (rule.shadowed_by) return `can never match: shadowed by ${rule.shadowed_by}`;
	return rule.reached ? 'reached, but never matched' : 'never reached';
}

function coverageRow(line, text, rule) {
	return make('tr', { class: !rule ? '' : rule.matched ? 'hit' : 'miss', title: rule ? rule.chain : null },
		make('td', { class: 'n line' }, line),
		make('td', { class: 'n' }, rule ? `${rule.reached}` : ''), make('td', { class: 'n' }, rule ? `${rule.matched}` : ''), make('td', { class: 'n decided' }, rule ? `${decided(rule)}` : ''),
		make('td', { class: 'source' }, text, rule && whyNot(rule) && make('small', {}, whyNot(rule))));
}

/* Lines near a rule; what is between is left out. */
function coverageRows(rules, text) {
	const lines = text ? text.split('\n') : [], rows = [];
	const near = new Set(rules.flatMap(rule => [-2, -1, 0, 1, 2].map(by => rule.line + by)));
	let left = false;

	const indent = Math.min(...lines.filter((line, i) => near.has(i + 1) && line.trim()).map(line => line.match(/^ */)[0].length));

	if (!lines.length) return rules.map(rule => coverageRow(rule.line, rule.rule, rule));
	lines.forEach((content, i) => {
		const here = rules.filter(rule => rule.line === i + 1);

		if (!near.has(i + 1)) { left ||= rows.length > 0; return; }
		if (left) rows.push(make('tr', { class: 'gap' }, make('td', { colspan: 5 }, '⋯')));
		left = false;
		if (!here.length) rows.push(coverageRow(i + 1, content.slice(indent)));
		here.forEach((rule, n) => rows.push(coverageRow(i + 1, n ? rule.rule : content.slice(indent), rule)));
	});
	return rows;
}

function coverageFile(file, rules, text) {
	const met = rules.filter(rule => rule.matched).length;

	return make('details', { class: 'fold file', open: met < rules.length ? '' : null },
		make('summary', {}, make('span', { class: 'mono' }, file), make('span', { class: 'meter', 'aria-hidden': 'true' }, make('i', { style: `width:${100 * met / rules.length}%` })),
			make('span', { class: 'n' }, `${percent(met, rules.length)} · ${met} of ${rules.length}`)),
		scroller(`Rules of ${file}`, make('table', { class: 'coverage' },
			make('thead', {}, make('tr', {}, ['line', 'reached', 'matched', 'decided'].map(word => make('th', { class: `n ${word}` }, word)), make('th', {}, 'rule'))),
			make('tbody', {}, coverageRows(rules, text)))));
}

/* The section of the page; null if nobody counted. */
function coverageSection(found) {
	const rules = found?.coverage.rules || [], met = rules.filter(rule => rule.matched).length;

	if (!rules.length) return null;
	return make('section', { id: 'rules', tabindex: -1 },
		make('h2', {}, 'Rule coverage'),
		make('p', { class: 'lead' }, make('b', {}, percent(met, rules.length)), ` ${met} of ${plural(rules.length, 'rule')} and policies matched a packet`),
		found.sources.map(source => coverageFile(source.file, rules.filter(rule => rule.file === source.file), source.text)));
}
