package policy_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
)

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }
func eur(minor int64) lance.Money { return lance.NewMoney(minor, lance.EUR) }

func percent(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// with returns the default document with these fees.
func with(fees ...policy.Component) policy.Document {
	d := policy.Default()
	d.Fees = fees
	return d
}

func TestDefaultIsTenPercentOfThePayeeAndFourteenDays(t *testing.T) {
	t.Parallel()
	d := policy.Default()
	require.NoError(t, d.Check())
	require.Equal(t, 14*24*time.Hour, d.Inspection)
	require.Zero(t, d.Clearance)
	require.Equal(t, policy.OnStart, d.Funding)
	q, err := policy.Quote(d, usd(10_000))
	require.NoError(t, err)
	require.Equal(t, usd(10_000), q.PayerPays)
	require.Equal(t, usd(9_000), q.PayeeGets)
	require.Equal(t, usd(1_000), q.Fees)
}

func TestDocumentNamesEveryFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	good := policy.Component{Name: "service", Side: policy.Payee, Percent: percent("10")}
	fee := func(change func(*policy.Component)) func(*policy.Document) {
		return func(d *policy.Document) { change(&d.Fees[0]) }
	}
	for name, c := range map[string]struct {
		change func(d *policy.Document)
		field  string
		code   string
	}{
		"version 0":              {func(d *policy.Document) { d.Version = 0 }, "/version", "version_range"},
		"no fewer than none":     {func(d *policy.Document) { d.Changes = -1 }, "/changes", "changes_range"},
		"changes for ever":       {func(d *policy.Document) { d.Changes = 101 }, "/changes", "changes_range"},
		"reminded at once":       {func(d *policy.Document) { d.Reminder = d.Inspection }, "/reminder", "reminder_long"},
		"reminded afterwards":    {func(d *policy.Document) { d.Reminder = -time.Hour }, "/reminder", "period_range"},
		"no inspection":          {func(d *policy.Document) { d.Inspection = 0 }, "/inspection", "period_range"},
		"half a second":          {func(d *policy.Document) { d.Inspection = 2*time.Hour + time.Second/2 }, "/inspection", "period_range"},
		"endless inspection":     {func(d *policy.Document) { d.Inspection = 2 * policy.MaxPeriod }, "/inspection", "period_range"},
		"clearance back":         {func(d *policy.Document) { d.Clearance = -time.Hour }, "/clearance", "period_range"},
		"endless clearance":      {func(d *policy.Document) { d.Clearance = 2 * policy.MaxPeriod }, "/clearance", "period_range"},
		"unknown rule":           {func(d *policy.Document) { d.Funding = "never" }, "/funding", "funding_unknown"},
		"half a second's answer": {func(d *policy.Document) { d.Refunds.Answer = time.Hour + 1 }, "/refunds/answer", "period_range"},
		"unknown silence":        {func(d *policy.Document) { d.Refunds.Silence = policy.ToPayee }, "/refunds/silence", "outcome_unknown"},
		"asking for ever":        {func(d *policy.Document) { d.Refunds.Asks = 21 }, "/refunds/asks", "asks_range"},
		"unknown fee rule":       {func(d *policy.Document) { d.Refunds.Fees = "" }, "/refunds/fees", "fee_rule_unknown"},
		"no amendment":           {func(d *policy.Document) { d.Amendment = 0 }, "/amendment", "period_range"},
		"nowhere":                {func(d *policy.Document) { d.Holding.Place = policy.RefundWindow }, "/holding/place", "place_unknown"},
		"a country's name":       {func(d *policy.Document) { d.Holding.Country = "us" }, "/holding/country", "country_syntax"},
		"kept at the limit":      {func(d *policy.Document) { d.Holding.Then = policy.Keep }, "/holding/then", "outcome_unknown"},
		"no limit":               {func(d *policy.Document) { d.Holding.Limits, d.Holding.Then = []policy.Limit{}, policy.ToPayee }, "/holding/limits", "limit_required"},
		"three years":            {func(d *policy.Document) { d.Holding.Limits[0].Period = 3 * policy.MaxPeriod }, "/holding/limits/0/period", "period_range"},
		"a limit twice":          {func(d *policy.Document) { d.Holding.Limits[1] = d.Holding.Limits[0] }, "/holding/limits/1", "limit_taken"},
		"too many limits":        {func(d *policy.Document) { d.Holding.Limits = make([]policy.Limit, 51) }, "/holding/limits", "too_many"},
		"no mediation":           {func(d *policy.Document) { d.Dispute.Mediation = 0 }, "/dispute/mediation", "period_range"},
		"no default":             {func(d *policy.Document) { d.Dispute.Default = "" }, "/dispute/default", "outcome_unknown"},
		"a warning after":        {func(d *policy.Document) { d.Dispute.Warning = -time.Hour }, "/dispute/warning", "period_range"},
		"no time to appeal":      {func(d *policy.Document) { d.Dispute.Appeal = 0 }, "/dispute/appeal", "period_range"},
		"silence means nothing":  {func(d *policy.Document) { d.Dispute.Silence = "" }, "/dispute/silence", "silence_unknown"},
		"no cases":               {func(d *policy.Document) { d.Dispute.Cases = 0 }, "/dispute/cases", "cases_range"},
		"cases for ever":         {func(d *policy.Document) { d.Dispute.Cases = 21 }, "/dispute/cases", "cases_range"},
		"appeals for ever":       {func(d *policy.Document) { d.Dispute.Appeals = 2 }, "/dispute/appeals", "appeals_range"},
		"a tax on nobody":        {func(d *policy.Document) { d.Taxes = []policy.Tax{{}} }, "/taxes/0/side", "side_unknown"},
		"taxed twice": {func(d *policy.Document) {
			d.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: percent("1")}, {Side: policy.Payee, Jurisdiction: "FR", Percent: percent("1")}}
		}, "/taxes/1/side", "side_taken"},
		"taxed out of existence": {func(d *policy.Document) {
			d.Fees[0].Percent = percent("90")
			d.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: percent("19")}}
		}, "/fees", "percent_sum"},
		"too many fees":        {func(d *policy.Document) { d.Fees = make([]policy.Component, 21) }, "/fees", "too_many"},
		"nameless":             {fee(func(c *policy.Component) { c.Name = "" }), "/fees/0/name", "text_required"},
		"long name":            {fee(func(c *policy.Component) { c.Name = strings.Repeat("x", 41) }), "/fees/0/name", "text_too_long"},
		"unknown side":         {fee(func(c *policy.Component) { c.Side = "both" }), "/fees/0/side", "side_unknown"},
		"negative percent":     {fee(func(c *policy.Component) { c.Percent = percent("-1") }), "/fees/0/percent", "percent_range"},
		"more than everything": {fee(func(c *policy.Component) { c.Percent = percent("100.1") }), "/fees/0/percent", "percent_range"},
		"too fine":             {fee(func(c *policy.Component) { c.Percent = percent("1.23456") }), "/fees/0/percent", "percent_decimals"},
		"no currency":          {fee(func(c *policy.Component) { c.Fixed = lance.NewMoney(5, lance.Currency{}) }), "/fees/0/fixed", "currency_unknown"},
		"mixed currencies":     {fee(func(c *policy.Component) { c.Fixed, c.Min = usd(5), eur(5) }), "/fees/0/min", "currency_mismatch"},
		"negative fee":         {fee(func(c *policy.Component) { c.Max = usd(-5) }), "/fees/0/max", "money_negative"},
		"most below least":     {fee(func(c *policy.Component) { c.Min, c.Max = usd(5), usd(4) }), "/fees/0/max", "max_below_min"},
		"same name twice":      {func(d *policy.Document) { d.Fees = append(d.Fees, good) }, "/fees/1/name", "name_taken"},
		"together too much": {func(d *policy.Document) {
			d.Fees = append(d.Fees, policy.Component{Name: "more", Side: policy.Payee, Percent: percent("90.0001")})
		}, "/fees", "percent_sum"},
	} {
		d := with(good)
		c.change(&d)
		err := d.Check()
		require.ErrorIs(t, err, lance.Invalid, name)
		var e *lance.Error
		require.ErrorAs(t, err, &e)
		found := false
		for _, f := range e.Fields {
			found = found || (f.Pointer == c.field && f.Code == c.code)
		}
		require.True(t, found, "%s: %v", name, err)
	}
}

func TestDocumentReadsBackFromJSON(t *testing.T) {
	t.Parallel()
	d := with(
		policy.Component{Name: "service", Side: policy.Payee, Percent: percent("7.25"), Fixed: usd(30), Min: usd(100), Max: usd(9000)},
		policy.Component{Name: "handling", Side: policy.Payer, Percent: percent("3")},
	)
	d.Clearance, d.Reminder = 5*24*time.Hour, 36*time.Hour
	d.Taxes = []policy.Tax{{Side: policy.Payer, Jurisdiction: "FR", Percent: percent("20")}}
	d.Holding.Country, d.Dispute.Default, d.Refunds.Silence = "TH", policy.ToPayee, policy.Keep
	b, err := json.Marshal(d)
	require.NoError(t, err)
	var back policy.Document
	require.NoError(t, json.Unmarshal(b, &back))
	again, err := json.Marshal(back)
	require.NoError(t, err)
	require.Equal(t, string(b), string(again))
	require.Equal(t, d.Inspection, back.Inspection)
	require.Equal(t, d.Clearance, back.Clearance)
	require.Equal(t, d.Reminder, back.Reminder)
	require.Equal(t, d.Changes, back.Changes)
	require.True(t, d.Fees[0].Percent.Equal(back.Fees[0].Percent))
	require.Equal(t, d.Fees[0].Max, back.Fees[0].Max)
	require.Equal(t, d.Refunds, back.Refunds)
	require.Equal(t, d.Holding, back.Holding)
	require.Equal(t, d.Dispute, back.Dispute)
	require.Equal(t, d.Amendment, back.Amendment)
	short := `{"version":1,"fees":[],"inspection":"2h","clearance":"0s","funding":"off","refunds":{"asks":5}}`
	require.NoError(t, json.Unmarshal([]byte(short), &back))
	require.NoError(t, back.Check(), "what is absent is taken from the default")
	require.Equal(t, policy.Default().Holding, back.Holding)
	require.Zero(t, back.Dispute.Warning, "what was stored before there was a warning has none")
	require.Equal(t, policy.Default().Dispute.Appeal, back.Dispute.Appeal)
	require.Equal(t, 5, back.Refunds.Asks)
	require.Zero(t, back.Reminder, "what was agreed on without a reminder has none")
	require.Zero(t, back.Changes, "and without a count is not counted")
	require.Equal(t, policy.Default().Refunds.Answer, back.Refunds.Answer)
	err = json.Unmarshal([]byte(`{"version":1,"fees":[],"inspection":"soon","clearance":"0s","funding":"off"}`), &back)
	require.ErrorIs(t, err, lance.Invalid)
}

func TestQuoteExplainsEachFee(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fee   policy.Component
		price lance.Money
		want  int64
		rule  string
	}{
		"a percentage":            {policy.Component{Percent: percent("10")}, usd(12_345), 1235, "percent"},
		"half a cent goes up":     {policy.Component{Percent: percent("10")}, usd(5), 1, "percent"},
		"a fixed fee":             {policy.Component{Fixed: usd(30)}, usd(12_345), 30, "fixed"},
		"both":                    {policy.Component{Percent: percent("2.9"), Fixed: usd(30)}, usd(10_000), 320, "percent+fixed"},
		"the least":               {policy.Component{Percent: percent("1"), Min: usd(500)}, usd(10_000), 500, "min"},
		"the most":                {policy.Component{Percent: percent("50"), Max: usd(500)}, usd(10_000), 500, "max"},
		"a most of nothing":       {policy.Component{Percent: percent("50"), Max: usd(0)}, usd(10_000), 0, "max"},
		"no more than the price":  {policy.Component{Fixed: usd(500)}, usd(300), 300, "fixed"},
		"everything":              {policy.Component{Percent: percent("100")}, usd(333), 333, "percent"},
		"the largest price":       {policy.Component{Percent: percent("10")}, usd(math.MaxInt64), 922337203685477581, "percent"},
		"a currency without cent": {policy.Component{Percent: percent("10")}, lance.NewMoney(15, lance.JPY), 2, "percent"},
	} {
		c.fee.Name, c.fee.Side = "fee", policy.Payee
		d := with(c.fee)
		require.NoError(t, d.Check(), name)
		q, err := policy.Quote(d, c.price)
		require.NoError(t, err, name)
		require.Equal(t, []policy.Line{{Name: "fee", Side: policy.Payee, Amount: lance.NewMoney(c.want, c.price.Currency()), Rule: c.rule}}, q.Lines, name)
		require.Equal(t, c.price.Minor()-c.want, q.PayeeGets.Minor(), name)
	}
}

func TestQuoteRefusesWhatCannotBePriced(t *testing.T) {
	t.Parallel()
	payer := with(policy.Component{Name: "fee", Side: policy.Payer, Percent: percent("10")})
	onlyUSD := with(policy.Component{Name: "fee", Side: policy.Payee, Fixed: usd(10)})
	for name, c := range map[string]struct {
		doc   policy.Document
		price lance.Money
		code  string
	}{
		"nothing":              {payer, usd(0), "money_not_positive"},
		"less than nothing":    {payer, usd(-5), "money_not_positive"},
		"no currency":          {payer, lance.NewMoney(5, lance.Currency{}), "currency_unknown"},
		"too large with fees":  {payer, usd(math.MaxInt64), "money_overflow"},
		"a currency not named": {onlyUSD, eur(100), "policy_currency"},
	} {
		_, err := policy.Quote(c.doc, c.price)
		require.ErrorIs(t, err, lance.Invalid, name)
		var e *lance.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, "/amount", e.Fields[0].Pointer, name)
		require.Equal(t, c.code, e.Fields[0].Code, name)
	}
}

func TestFeeOfOneNameSpeaksItsCurrency(t *testing.T) {
	t.Parallel()
	d := with(
		policy.Component{Name: "fee", Side: policy.Payee, Percent: percent("5")},
		policy.Component{Name: "fee", Side: policy.Payee, Percent: percent("10"), Min: usd(100)},
		policy.Component{Name: "fee", Side: policy.Payee, Percent: percent("10"), Min: eur(90)},
	)
	require.NoError(t, d.Check())
	for price, want := range map[lance.Money]int64{
		usd(500): 100, eur(500): 90, lance.NewMoney(500, lance.GBP): 25,
	} {
		got, err := d.Fee(policy.Payee, price)
		require.NoError(t, err)
		require.Equal(t, want, got.Minor(), price)
	}
}

// TestIncident is the laws that bugs of comparable systems have taught.
func TestIncident(t *testing.T) {
	t.Parallel()
	t.Run("mercurjs/mercur#1357", func(t *testing.T) {
		t.Parallel()
		d := with(
			policy.Component{Name: "commission", Side: policy.Payee, Percent: percent("5")},
			policy.Component{Name: "category", Side: policy.Payee, Percent: percent("4")},
			policy.Component{Name: "order", Side: policy.Payee, Percent: percent("1"), Min: eur(100)},
		)
		q, err := policy.Quote(d, eur(49_99))
		require.NoError(t, err)
		// By hand: 2.4995 + 1.9996 + 1.00 = 5.4991.
		require.Equal(t, eur(5_50), q.Fees)
		require.Equal(t, eur(44_49), q.PayeeGets)
		sum, err := lance.Sum(lance.EUR, q.Lines[0].Amount, q.Lines[1].Amount, q.Lines[2].Amount)
		require.NoError(t, err)
		require.Equal(t, q.Fees, sum)
	})
}

// anyFees draws up to four fees of one side that make a valid document.
func anyFees(t *rapid.T) policy.Document {
	left := int64(700_000) // with a tax of 30 % no more than everything
	var fees []policy.Component
	for i := range rapid.IntRange(0, 4).Draw(t, "fees") {
		share := rapid.Int64Range(0, left).Draw(t, "share")
		left -= share
		c := policy.Component{Name: string(rune('a' + i)), Side: policy.Payee, Percent: decimal.New(share, -4)}
		if rapid.Bool().Draw(t, "has fixed") {
			c.Fixed = usd(rapid.Int64Range(0, 300).Draw(t, "fixed"))
		}
		if rapid.Bool().Draw(t, "has min") {
			c.Min = usd(rapid.Int64Range(0, 300).Draw(t, "min"))
		}
		if rapid.Bool().Draw(t, "has max") {
			c.Max = usd(c.Min.Minor() + rapid.Int64Range(0, 300).Draw(t, "max"))
		}
		fees = append(fees, c)
	}
	d := with(fees...)
	if tax := rapid.Int64Range(0, 30).Draw(t, "tax"); tax > 0 {
		d.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.NewFromInt(tax)}}
	}
	return d
}

func TestAnySplitOfReleasesTakesTheFeeOfOneRelease(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := anyFees(t)
		require.NoError(t, d.Check())
		released, taken, taxed := int64(0), int64(0), int64(0)
		for _, part := range rapid.SliceOfN(rapid.Int64Range(1, 2000), 1, 12).Draw(t, "parts") {
			released += part
			fee, err := d.Fee(policy.Payee, usd(released))
			require.NoError(t, err)
			tax, _ := d.TaxIn(policy.Payee, fee)
			require.GreaterOrEqual(t, tax.Minor(), taxed, "nor does a tax")
			require.LessOrEqual(t, tax.Minor()-taxed, fee.Minor()-taken, "nor rises it by more than what is borne")
			taxed = tax.Minor()
			rise := fee.Minor() - taken
			require.GreaterOrEqual(t, rise, int64(0), "a fee never falls")
			require.LessOrEqual(t, rise, part, "no release costs more than itself")
			taken += rise
		}
		q, err := policy.Quote(d, usd(released))
		require.NoError(t, err)
		require.Equal(t, q.Fees.Minor(), taken)
		require.Equal(t, released, q.PayeeGets.Minor()+taken)
		for _, l := range q.Lines {
			require.False(t, l.Amount.IsNegative())
		}
	})
}

func TestTaxIsBorneWithTheFee(t *testing.T) {
	t.Parallel()
	d := with(
		policy.Component{Name: "service", Side: policy.Payee, Percent: percent("10")},
		policy.Component{Name: "order", Side: policy.Payee, Fixed: usd(50)},
	)
	d.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: percent("19")}}
	require.NoError(t, d.Check())
	q, err := policy.Quote(d, usd(10_000))
	require.NoError(t, err)
	require.Equal(t, []policy.Line{
		{Name: "service", Side: policy.Payee, Amount: usd(1000), Rule: "percent"},
		{Name: "order", Side: policy.Payee, Amount: usd(50), Rule: "fixed"},
		{Name: "DE", Side: policy.Payee, Amount: usd(200), Rule: "tax"}, // 199.5
	}, q.Lines)
	require.Equal(t, usd(1250), q.Fees)
	require.Equal(t, usd(8750), q.PayeeGets)
	tax, to := d.TaxIn(policy.Payee, usd(1250))
	require.Equal(t, usd(200), tax)
	require.Equal(t, "DE", to)
	none, to := d.TaxIn(policy.Payer, usd(1250))
	require.True(t, none.IsZero())
	require.Empty(t, to)
}

func TestHeldMoneyHasTheLimitOfItsPlace(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		place   policy.Place
		country string
		then    policy.Outcome
		want    time.Duration
	}{
		"a card's authorisation":           {policy.CardAuthorisation, "", policy.ToPayer, 7 * day},
		"the platform's balance":           {policy.PlatformBalance, "US", policy.ToPayer, 90 * day},
		"a connected balance":              {policy.ConnectedBalance, "DE", policy.ToPayee, 90 * day},
		"one in Thailand":                  {policy.ConnectedBalance, "TH", policy.ToPayer, 10 * day},
		"one in the United States":         {policy.ConnectedBalance, "US", policy.ToPayee, 730 * day},
		"where the way back closes before": {policy.ConnectedBalance, "US", policy.ToPayer, 180 * day},
	} {
		h := policy.Default().Holding
		h.Place, h.Country, h.Then = c.place, c.country, c.then
		got, limited := h.Period()
		require.True(t, limited, name)
		require.Equal(t, c.want, got, name)
	}
	_, limited := policy.Holding{Place: policy.PlatformBalance, Then: policy.ToPayee}.Period()
	require.False(t, limited)
}

func TestAPlanThatDoesNotFitIsStaged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := policy.Default()
		price := usd(rapid.Int64Range(1, 10_000).Draw(t, "price"))
		work := time.Duration(rapid.Int64Range(0, 366*24*3600).Draw(t, "work")) * time.Second
		inspection := time.Duration(rapid.Int64Range(3600, 100*24*3600).Draw(t, "inspection")) * time.Second
		err := d.Fit(price, work, inspection)
		if err == nil {
			require.Less(t, work+inspection, 90*24*time.Hour)
			return
		}
		require.ErrorIs(t, err, lance.Invalid)
		stages, ok := policy.StagesOf(err)
		require.True(t, ok)
		amount, sum := int64(0), time.Duration(0)
		for _, s := range stages {
			require.NoError(t, d.Fit(s.Amount, s.Work, inspection))
			require.True(t, s.Amount.IsPositive())
			amount, sum = amount+s.Amount.Minor(), sum+s.Work
		}
		if len(stages) > 0 {
			require.Equal(t, price.Minor(), amount)
			require.Equal(t, work, sum)
		}
	})
}

func TestAPlanIsOfPeriodsThatAgreementsHave(t *testing.T) {
	t.Parallel()
	d, price, hour := policy.Default(), usd(100_000_00), time.Hour
	for name, c := range map[string]struct {
		work, inspection time.Duration
		at               string
	}{
		"so much work that the sum runs over": {math.MaxInt64 - math.MaxInt64%hour, 14 * 24 * hour, "/work"},
		"less than none":                      {-hour, hour, "/work"},
		"an inspection of a moment":           {hour, time.Second, "/inspection"},
		"one of more than a year":             {hour, policy.MaxPeriod + hour, "/inspection"},
	} {
		err := d.Fit(price, c.work, c.inspection)
		require.ErrorIs(t, err, lance.Invalid, name)
		require.ErrorContains(t, err, c.at+" period_range", name)
	}
	err := d.Fit(price, policy.MaxPeriod, 89*24*hour)
	stages, ok := policy.StagesOf(err)
	require.True(t, ok)
	require.Empty(t, stages, "367 stages of a day are no plan")
}

// TestAGuaranteeIsOffUnlessItSaysOtherwise: a document without one promises nothing, and
// what is wrong with one is named.
func TestAGuaranteeIsOffUnlessItSaysOtherwise(t *testing.T) {
	t.Parallel()
	d := policy.Default()
	b, err := json.Marshal(d)
	require.NoError(t, err)
	require.NotContains(t, string(b), "guarantee")
	require.False(t, d.Guarantee.On())

	good := policy.Guarantee{
		Window: time.Hour, Share: percent("62.5"), Caps: []lance.Money{usd(500), eur(400)}, Claims: 1, Judge: policy.JudgeArbiter,
		Decision: time.Hour, Silence: policy.Keep, Bearer: policy.Payee, WriteOff: time.Hour,
	}
	d.Guarantee = good
	require.NoError(t, d.Check())
	b, err = json.Marshal(d)
	require.NoError(t, err)
	var back policy.Document
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, good, back.Guarantee)
	covered, err := good.Covered(usd(999))
	require.NoError(t, err)
	require.Equal(t, usd(624), covered)
	limit, is := good.Cap(lance.EUR)
	require.True(t, is)
	require.Equal(t, eur(400), limit)
	_, is = good.Cap(lance.JPY)
	require.False(t, is)

	for at, change := range map[string]func(g *policy.Guarantee){
		"/guarantee/window":    func(g *policy.Guarantee) { g.Window = time.Minute },
		"/guarantee/share":     func(g *policy.Guarantee) { g.Share = percent("0") },
		"/guarantee/caps/1":    func(g *policy.Guarantee) { g.Caps = []lance.Money{usd(1), usd(2)} },
		"/guarantee/claims":    func(g *policy.Guarantee) { g.Claims = 0 },
		"/guarantee/judge":     func(g *policy.Guarantee) { g.Judge = "jury" },
		"/guarantee/decision":  func(g *policy.Guarantee) { g.Decision = 0 },
		"/guarantee/silence":   func(g *policy.Guarantee) { g.Silence = policy.ToPayee },
		"/guarantee/bearer":    func(g *policy.Guarantee) { g.Bearer = policy.Payer },
		"/guarantee/write_off": func(g *policy.Guarantee) { g.WriteOff = 0 },
	} {
		d.Guarantee = good
		change(&d.Guarantee)
		var e *lance.Error
		require.ErrorAs(t, d.Check(), &e)
		require.Len(t, e.Fields, 1, at)
		require.Equal(t, at, e.Fields[0].Pointer)
	}
}
