// Written by `npm run generate` from lang/cue/std/.
export const stdSources: Readonly<Record<string, string>> = {
  "std/agreement.cue": `package std

// An agreement: who is bound, what was agreed, who may do what, who must do what until when, and what follows if not.
#Agreement: {
	// Its name.
	agreement!: string
	version!:   #Version
	title?:     string
	about?:     string
	// Real time, or ticks: whole numbers that somebody counts.
	clock?: "time" | "ticks"
	// Where its days are: "Europe/Rome".
	zone?:     string
	calendar?: #Calendar
	rounding?: #Rounding
	// Beside currencies, which are known.
	assets?: [#Name]: #Asset
	// The role that certifies money, or "test".
	rail?: string
	runs?: #Runs
	// How many due timers run before the court answers that there are more.
	catch_up?: #Count
	parties?: [#Name]: #Party
	// Fixed at signing.
	terms?: [#Name]: _
	// Known later, changed by actions.
	facts?: [#Name]: _
	// Named expressions and tables.
	derive?: [#Name]:      #Derived
	accounts?: [#Name]:    #Account
	actions?: [#Name]:     #Action
	obligations?: [#Name]: #Obligation
	powers?: [#Name]:      #Power
	// States by name, or regions of states by name.
	states?: [#Name]: _
	limits?: [#Name]: #Limit
	tests?: [string]: [...#Step]
}

#Calendar: {
	// "Mon-Fri"
	week?: string
	// A calendar by name, or a list of dates.
	holidays?: string | [...#Date]
}

#Rounding: {
	money?:  "floor" | "ceiling" | "toward-zero" | "away" | "half-up" | "half-even" | "half-down"
	days?:   string
	months?: "down" | "up"
}

// From when the agreement runs (signing, if left out), and for how long.
#Runs: {
	from?:  #Expression
	for?:   #Expression
	until?: #Expression
}

// A person by name, or in full. \`null\` leaves the name open.
#Party: string | null | {
	name?: string
	kind?: "party" | "witness" | "court" | "rail"
	key?:  string
}

// A term in full. The short form is its value, or its type when it is asked for at signing.
#Term: {
	type!:  #Type
	value?: _
	// It is given when the agreement is offered.
	ask?: bool
	min?: #Scalar
	max?: #Scalar
	of?: #Scalar | [...#Scalar]
	note?: string
}

// A fact in full. The short form is its first value, or its type with \`?\` when it is not known yet.
#Fact: {
	type!:  #Type
	start?: _
	min?:   #Scalar
	max?:   #Scalar
}

// An expression, or a table: #First of some conditions, or #Bands of a value. Which of them is for the reader to check: two structs
// here would leave CUE undecided while the rows come from a loop.
#Derived: #Expression | {[string]: _}

#First: {
	first?: [...#Row]
	else!: #Expression
}

#Row: {
	when!: #Expression
	give!: #Expression
}

// Rows are comparisons: "< 98%": "3%".
#Bands: {
	bands!:                #Expression
	like?:                 string
	else?:                 #Expression
	[=~"^(<=|>=|==|<|>)"]: #Expression
}

#Account: {
	asset?:    string
	from?:     string
	to_begin?: #Expression
	// Who gets what is left at the end.
	returns_to!: string
	leaves?: string | [...string]
	cap?: #Expression
}

// Roles, \`anyone\`, or an expression.
#Who: string | [...string]

#Action: {
	who!: #Who
	// Inputs.
	with?: [#Name]: _
	// What must come with it, and where it goes.
	pays?:   #Expression
	into?:   string
	change?: "refused" | "returned"
	// States in which it may be done.
	in?: string | [...string]
	opens?:  #Expression
	by?:     #Expression
	before?: #Expression
	// Conditions, each true or the action is refused.
	needs?: #Needs
	times?: #Count
	#Effects
}

#Needs: #Expression | [...#Expression] | {[#Name]: #Expression}

// An input in full. The short form is its type.
#Input: {
	type!: #Type
	min?:  #Expression
	max?:  #Expression
	of?: #Scalar | [...#Scalar]
	most?:     #Count
	matches?:  string
	optional?: bool
}

// What an action, a case or a consequence does.
#Effects: {
	then?: [string]: #Expression | null
	moves?: #Move | [...#Move]
	cases?: [...#Case]
	tell?: #Tell | [...#Tell]
	give?: [string]: #Expression | null
	to?:   string
	ends?: "fulfilled" | "terminated" | "expired"
}

// A line ("pay amount to seller"), or a map.
#Move: string | {hold!: #Expression, from?: string, into?: string, in?: string} | {pay!: #Expression, from?: string, to!: string} | {move!: #Expression, from!: string, to?: string, into?: string} | {release!: #Expression, from!: string} | {split!: #Expression, from!: string, to!: [string]: #Expression, remainder!: string}

#Case: {
	when!: #Expression
	#Effects
} | {else!: "refuse" | #Effects}

#Tell: {
	to!:   string
	what!: #Expression
}

#Obligation: {
	who!: string
	to?:  string
	// An action, or "pay".
	must?: string
	// A condition, read when it is due.
	holds?:       #Expression
	amount?:      #Expression
	amount_read?: "birth" | "when_paid"
	parts?: "no" | {at_least!: #Expression}
	excess?: "refused" | "returned"
	// The account that pays.
	from?: string
	// The action whose every acceptance makes one.
	on?:    string
	when?:  #Expression
	again?: bool
	// \`by\` and \`within\` include the last instant, \`before\` does not.
	by?:     #Expression
	within?: #Expression
	before?: #Expression
	// What excuses.
	unless?:  #Expression
	unknown?: "violated" | "excused"
	late?:    "allowed" | "refused"
	cure?:    #Expression
	// What follows: an obligation or power by name, "end", "nothing", effects, or a list of those.
	else!: #Consequence | [...#Consequence]
	open_at_most?: #Count
	survives?:     #Scalar
}

#Consequence: string | #Effects

#Power: {
	who!: #Who
	may!: "end" | "declare_missed"
	// The obligation that is declared missed.
	of?:     string
	when?:   #Expression
	unless?: #Expression
	notice?: #Expression
	times?:  #Scalar
	then?: [string]: #Expression | null
	moves?: #Move | [...#Move]
}

#State: {
	initial?: bool
	on?: [string]: string | [...#Branch]
	after?: [string]: string
	when?: [string]:  string
	enter?: #Effects
	ends?:  "fulfilled" | "terminated" | "expired"
}

#Branch: {
	when?: #Expression
	to!:   string
}

// A condition that is always true, or in full.
#Limit: #Expression | {
	must!:    #Expression
	cut?:     "refuse" | "owed" | "waive"
	message?: string
}

// A step of a test: {given: …}, {"2026-01-05": "ann pay"}, {refused: …} or {expect: …}.
#Step: {
	given?:   #Given
	refused?: string
	expect?: [string]: _
	[=~"^[0-9]"]: _
}

#Given: {
	state?: string
	at?:    #Scalar
	terms?: [string]:    _
	facts?: [string]:    _
	accounts?: [string]: _
}
`,
  "std/policy.cue": `package std

// A policy: rules that allow, deny and require. \`deny\` beats \`allow\`; what nothing allows is denied.
#Policy: {
	// Its name: small letters, digits and hyphens.
	policy!:  string
	version?: #Version
	about?:   string
	// Modules of shared declarations.
	use?: #Use
	// What it decides on: "http.request", "any", or a record of fields and their types.
	on!: #Type
	// Where its days and clocks are: "Europe/Rome". Without one, expressions say it themselves.
	zone?: string
	// The answer where no rule holds.
	default?: "deny" | "allow"
	// Types by name, for \`on\`, \`data\` and each other.
	types?: [#Name]: #Type
	// Fixed values, part of the module.
	values?: [#Name]: _
	// Documents that the host binds: their types by name.
	data?: [#Name]: #Type
	// Who stands above whom, for questions such as member(user, "staff").
	relations?: [#Name]: #Relation
	// Named expressions and tables, worked out when they are asked for.
	derive?: [#Name]:    #Derived
	functions?: [#Name]: #Function
	// What an answer may bind its reader to: the types of the arguments by name.
	obligations?: [#Name]: #Type
	// What an answer may tell its reader, who may ignore it.
	advice?: [#Name]: #Type
	// Conditions of every \`allow\`.
	given?: #Conditions
	rules!: [...#RuleEntry]
	// Paths of the input that texts, explanations and logs do not show: "token.raw".
	secrets?: string | [...string]
	// Requests that no data may ever allow.
	never?: #Pattern | [...#Pattern]
	// Requests that every data allows.
	always?: #Pattern | [...#Pattern]
	// Bounds of an input; one beyond them is denied.
	limits?: #PolicyLimits
	tests?: [string]: #PolicyTest
}

#PolicyLimits: {
	// A size: "256 KiB"
	bytes?: #Scalar
	// Maps and lists within each other.
	depth?: #Count
	// Elements of a list or map.
	items?: #Count
	// Of one text: "16 KiB"
	text?: #Scalar
	fuel?: #Count
}

// Declarations that several policies share.
#Module: {
	// Its name: small letters, digits and hyphens.
	module!:  string
	version?: #Version
	about?:   string
	use?:     #Use
	types?: [#Name]:     #Type
	values?: [#Name]:    _
	functions?: [#Name]: #Function
}

// Modules by name, or by a name of one's own.
#Use: string | [...string] | {[#Name]: string}

// One condition or several.
#Conditions: #Expression | [...#Expression]

// A value, a list (any of), or a map of fields and operators.
#Pattern: _

#RuleEntry: #Rule | #Group | #Table

// A rule: its effect and title, when it holds, what it says.
#Rule: {
	#Head

	// How tests and answers name it. Left out, it is made of the title.
	id?: string
	#When

	// Obligations of an \`allow\` or \`require\`.
	then?: #Uses
	// Advice, which may be ignored.
	advise?: #Uses
	// "skip": an error does not deny. Not on \`allow\`.
	on_error?: "default" | "skip"
	#Said
}

#Head: {allow!: string} | {deny!: string} | {require!: string}

// When a rule or table holds: \`match\` fits, each of \`when\` is true, and none of \`unless\`.
#When: {
	// Names for elements; the rule is decided for each of them.
	each?: [#Name]: #Conditions | #Binding
	match?:  #Pattern
	when?:   #Conditions
	unless?: #Conditions
}

// Elements of a list or map, with a name for the key.
#Binding: {
	in!:  #Conditions
	key?: string
}

#Said: {
	// To the caller: "{item.name} is too heavy".
	message?: string
	// To the operator.
	because?: string
	// Identifiers of what it is written for: "ISO 27001 A.5.15".
	controls?: string | [...string]
	// It is evaluated and recorded, and never acts.
	shadow?: bool
}

// Obligations or advice by name, with what they take.
#Uses: string | {[#Name]: _}

// Rules that share a pattern.
#Group: {
	for!: #Pattern
	rules!: [...#RuleEntry]
}

// The one place where order counts: the first row that matches.
#Table: {
	table!: string
	id?:    string
	mode!:  "ordered"
	#When

	// Its rows, or with \`each\` one for every element: \`effect\` gives "allow" or "deny".
	rules?: [...#Rule]
	effect?: #Expression
	#Said
}

// Who stands above whom: \`step\` is the field that names the next one; of pairs, \`from\` and \`to\`.
#Relation: {
	of!:   #Expression
	step?: string
	from?: string
	to?:   string
}

#Function: {
	// Parameters and their types.
	of?: [#Name]: #Type
	is!: #Expression
}

// An input and what is expected, or a matrix of inputs and which of them are allowed.
#PolicyTest: {
	// Data documents by name.
	data?: [string]: _
	input?: _
	// Values by path, each combination of them laid over the input.
	matrix?: [string]: _
	// The combinations that are allowed; every other has to be denied.
	allows?: [...]
	// "allow", "deny", or what the answer holds.
	expect?: string | #PolicyExpect
}

#PolicyExpect: {
	decision?: string
	// The rules that decided, all of them.
	by?: string | [...string]
	obligations?: _
	advice?:      _
	// How many, or a list of them: {rule, at, message}
	violations?: _
	errors?: string | [...string]
}
`,
  "std/values.cue": `// The standard library of Writ for documents in CUE: what an agreement and a policy are made of.
package std

// A name that expressions can use: a letter, then letters, digits and \`_\`.
#Name: =~"^[\\\\p{L}$][\\\\p{L}\\\\p{M}\\\\p{Nd}_$]*$"

// Three numbers: 1.0.0
#Version: =~"^[0-9]+\\\\.[0-9]+\\\\.[0-9]+$"

// An expression, read when an event arrives: "delay > give_up_after". Numbers and truth values may stand alone.
#Expression: string | number | bool

// Any written value: 5, "200.00 USD", "2 days", "2026-01-31".
#Scalar: string | number | bool

// A whole number, also as a text.
#Count: (int & >=0) | =~"^[0-9]+$"

// An amount and its currency: "200.00 USD"
#Money: =~"^-?[0-9][0-9_,]*(\\\\.[0-9]+)? [A-Za-z][A-Za-z0-9_]*$"

// "10.5%"
#Percent: =~"^-?[0-9]+(\\\\.[0-9]+)? ?%$"

// Exact: "36 h", "15 minutes". By the calendar: "2 months", "10 business days".
#Duration: =~"^[0-9]+(\\\\.[0-9]+)? (business )?[a-z]+( [0-9]+ [a-z]+)*$"

// "2026-01-31"
#Date: =~"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

// A date, or a date and a time, with or without its offset: "2026-01-31T10:00:00Z"
#Instant: =~"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\\\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"

// Digits after the point are given with the currency; "unique" is one thing that is not divided.
#Asset: "unique" | {digits?: #Count, unique?: bool}

// A type as a text ("money(EUR)", "list(text) up to 5", "instant?"), as a list of words, as a record of types, or as a type of
// CUE (int, string, "a" | "b").
#Type: _

// Values by name, of any shape.
#Values: [#Name]: _
`,
  "templates/service_level/service_level.cue": `// A service with a promised level: a witness reports what was reached, and each report below the promise earns the customer a
// credit. Three bad reports let the customer go.
package service_level

import "writ.dev/std"

#Template: {
	fill: {
		provider!: string
		customer!: string
		// Who measures.
		witness!: string
		// Price of the reported time.
		fee!:     std.#Money
		zone!:    string
		promised: *"99.9%" | std.#Percent
		// Rates of the fee below a level, the lowest level first.
		credits: *[{below: "99%", rate: "25%"}, {below: "99.9%", rate: "10%"}] | [...{below!: std.#Percent, rate!: std.#Percent}]
		pay_within:  *"30 days" | std.#Duration
		bad_reports: *3 | int & >=1
		// At most so many reports in all.
		reports: *36 | int & >=1 & <=200
	}

	document: std.#Agreement & {
		title: string | *"Service level of \\(fill.provider) for \\(fill.customer)"
		zone:  fill.zone
		rounding: {money: "half-up", days: "up", months: "down"}
		parties: {
			provider: fill.provider
			customer: fill.customer
			witness: {name: fill.witness, kind: "witness"}
		}
		terms: {
			fee:        fill.fee
			promised:   fill.promised
			pay_within: fill.pay_within
		}
		facts: {
			level:       "percent?"
			bad_reports: 0
		}
		derive: {
			rate: {
				bands: "default(level, percent(100))"
				for each in fill.credits {"< \\(each.below)": each.rate}
				else: "0%"
			}
			credit: "fee * rate"
		}
		actions: report: {
			who: "witness"
			with: reached: {type: "percent"}
			needs: "reached >= 0 && reached <= 1"
			then: {
				level:       "reached"
				bad_reports: "bad_reports + choose(reached < promised, 1, 0)"
			}
			times: fill.reports
		}
		obligations: pay_credit: {
			who:          "provider"
			to:           "customer"
			must:         "pay"
			on:           "report"
			when:         "credit > fee * 0"
			amount:       "credit"
			within:       "pay_within"
			late:         "allowed"
			else:         "nothing"
			open_at_most: fill.reports
		}
		powers: leave: {
			who:  "customer"
			may:  "end"
			when: "bad_reports >= \\(fill.bad_reports)"
		}
	}
}
`,
  "templates/storage/storage.cue": `// Goods are kept for a fee: the owner brings them and leaves a deposit, the keeper gives them back when asked, and is paid before.
package storage

import "writ.dev/std"

#Template: {
	fill: {
		keeper!:  string
		owner!:   string
		goods!:   string
		fee!:     std.#Money
		deposit!: std.#Money
		zone!:    string
		// Until when the fee is paid, counted from signing.
		pay_within: *"14 days" | std.#Duration
		// How long the keeper has to give the goods back.
		give_back_within: *"3 days" | std.#Duration
		// What a keeper owes who does not give back.
		lost!: std.#Money
	}

	document: std.#Agreement & {
		title: string | *"Storage of \\(fill.goods)"
		zone:  fill.zone
		rounding: {money: "half-up", days: "up", months: "down"}
		parties: {keeper: fill.keeper, owner: fill.owner}
		terms: {
			fee:              fill.fee
			deposit:          fill.deposit
			lost:             fill.lost
			pay_within:       fill.pay_within
			give_back_within: fill.give_back_within
		}
		accounts: safe: {from: "owner", to_begin: "deposit", returns_to: "owner", leaves: ["owner", "keeper"]}
		actions: {
			ask_back: {who: "owner", times: 1}
			give_back: {who: "keeper", times: 1}
		}
		obligations: {
			pay_fee: {
				who:    "owner"
				to:     "keeper"
				must:   "pay"
				amount: "fee"
				within: "pay_within"
				else:   "from_deposit"
			}
			from_deposit: {
				who:    "owner"
				to:     "keeper"
				must:   "pay"
				amount: "min(fee, held(safe))"
				from:   "safe"
				within: "1 day"
				else:   "nothing"
			}
			return_goods: {
				who:          "keeper"
				to:           "owner"
				must:         "give_back"
				on:           "ask_back"
				open_at_most: 1
				within:       "give_back_within"
				late:         "allowed"
				else:         "pay_for_loss"
			}
			pay_for_loss: {
				who:      "keeper"
				to:       "owner"
				must:     "pay"
				amount:   "lost"
				within:   "30 days"
				late:     "allowed"
				else:     "nothing"
				survives: "yes"
			}
		}
	}
}
`,
};
