/* A case: a line of the list, and what it opens to. */

const MARKS = { pass: '✓', fail: '✗', error: '!', flaky: '≈', skip: '–' };
const WORDS = { fail: 'failed', error: 'could not run', flaky: 'flaky', skip: 'skipped', pass: 'passed' };

function reason(result) {
	if (result.expected && result.got)
		return `${result.question ? result.question + ': ' : ''}expected ${result.expected}, got ${result.got}`;
	return (result.message || '').split('\n')[0];
}

function detailsOf(item) {
	const details = read(item.details);

	if (details) details.layout = read(item.layout);
	return details;
}

/* What was kept lies beside the page, wherever both were moved together. */
function linkTo(path) {
	const folder = run.folder ? run.folder + '/' : '';

	if (path.startsWith('/')) return 'file://' + path;
	if (path.startsWith(folder)) return path.slice(folder.length);
	return folder.split('/').filter(part => part && part !== '.').map(() => '../').join('') + path;
}
const encodePath = path => path.split('/').map(encodeURIComponent).join('/').replace('file%3A', 'file:');

function answer(result) {
	const place = result.file ? `${result.file}${result.line ? ':' + result.line : ''}${result.column ? ':' + result.column : ''}` : '';

	if (result.result === 'pass') return [];
	return [make('div', { class: 'answer' },
		place && make('p', { class: 'place mono' }, place),
		result.question && make('p', { class: 'mono' }, result.question),
		result.expected && result.got && make('p', { class: 'verdict' }, 'expected ', make('b', {}, result.expected), ', got ', make('strong', {}, result.got)),
		!(result.expected && result.got) && (result.message || '').split('\n').map(line => make('p', { class: 'verdict' }, line)),
		result.next && make('p', { class: 'place' }, 'look next at ', make('span', { class: 'mono' }, result.next))),
		result.evidence && make('pre', { tabindex: 0 }, result.evidence)];
}

function copy(text, button) {
	navigator.clipboard?.writeText(text).then(() => {
		button.textContent = 'Copied';
		setTimeout(() => { button.textContent = 'Copy'; }, 1500);
	});
}

function keptSection(result) {
	const made = [];

	if (result.replay)
		made.push(make('h2', {}, 'Run it again'), make('div', { class: 'command' }, make('pre', {}, result.replay),
			make('button', { type: 'button', onclick: event => copy(result.replay, event.target) }, 'Copy')));
	if (result.kept && result.artefacts.length)
		made.push(make('h2', {}, 'Kept'), make('ul', { class: 'files' }, result.artefacts.map(name =>
			make('li', {}, make('a', { href: encodePath(linkTo(`${result.kept}/${name}`)) }, name)))));
	if (result.lost) made.push(make('p', { class: 'note' }, result.lost));
	return made;
}

function account(result) {
	return result.account ? [make('h2', {}, 'Links: asked and done'), make('ul', { class: 'account' }, result.account.split('\n').map(line => make('li', {}, line)))] : [];
}

function body(item) {
	const { result } = item, details = detailsOf(item);
	const facts = [WORDS[result.result], duration(result.duration_us), result.seed && `seed ${result.seed}`, result.engine && `engine ${result.engine}`, result.attempts > 1 && plural(result.attempts, 'attempt')];
	const parts = [make('p', { class: 'note' }, facts.filter(Boolean).join(' · ')), answer(result)];

	if (details?.hosts.length) parts.push(make('h2', {}, 'Network'), network(details));
	if (details && (details.hosts.length || details.steps.length)) parts.push(make('h2', {}, 'Steps and faults'), timeline(details));
	if (details?.measures?.length) parts.push(measureSection(details.measures));
	if (details?.packets) parts.push(packetSection(details));
	else if (result.ladder) parts.push(make('h2', {}, 'Packets'), make('pre', { tabindex: 0 }, result.ladder));
	parts.push(account(result));
	if (details?.logs?.length) parts.push(logSection(details));
	else if (result.output) parts.push(make('h2', {}, 'Output'), make('pre', { tabindex: 0 }, result.output));
	if (details) parts.push(rulesetSection(details));
	parts.push(keptSection(result));
	return make('div', { class: 'body' }, parts.flat(2));
}

function caseRow(item) {
	const { result } = item, why = result.result === 'pass' ? '' : reason(result);
	const element = make('details', { class: `case ${result.result}`, id: `case-${item.index + 1}` },
		make('summary', {}, make('span', { class: 'mark', title: WORDS[result.result] }, MARKS[result.result]),
			make('span', { class: 'title' }, make('small', {}, result.suite, result.suite ? ' / ' : ''), result.case),
			make('span', { class: 'time' }, result.result === 'skip' ? 'skipped' : duration(result.duration_us)),
			why && make('span', { class: 'why' }, why)));

	element.addEventListener('toggle', () => {
		if (element.open && element.children.length === 1) element.append(body(item));
	});
	return element;
}
