package bunescrow_test

import (
	"strconv"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

var later = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

func (s *scene) ofTransfer(code ledger.Code, found string) lance.Finding {
	id := string(s.transfers[code].ID)
	return lance.Finding{Code: found, Kind: "transfer", ID: id, Seq: s.seqs[id]}
}

func (s *scene) ofEvent(typ, found string) lance.Finding {
	id := string(s.events[typ].ID)
	return lance.Finding{Code: found, Kind: "event", ID: id, Seq: s.seqs[id]}
}

// transferFields changes each column of a transfer, and of the lot that one
// opened.
func (s *scene) transferFields() (out []tampering) {
	for _, x := range []struct {
		code  ledger.Code
		set   string
		value any
		found string
	}{
		{"sent", "code = ?", "paid", lance.FoundRowChanged},
		{"fund", "debit = ?", "available:USD:eve", lance.FoundRowChanged},
		{"fund", "credit = ?", "hold:USD:agr_x", lance.FoundRowChanged},
		{"fund", "amount_minor = amount_minor + ?", 1, lance.FoundRowChanged},
		{"fund", "currency = ?", "EUR", lance.FoundRowUnreadable},
		{"fund", "subject_kind = ?", "project", lance.FoundRowChanged},
		{"fund", "subject_id = ?", "agr_x", lance.FoundRowChanged},
		{"rounding", "pending = (1 = ?)", 1, lance.FoundRowChanged},
		{"payout", "expires_at = ?", later, lance.FoundRowChanged},
		{"sent", "resolves = ?", string(s.transfers["fund"].ID), lance.FoundRowChanged},
		{"sent", "void = (1 = ?)", 1, lance.FoundRowChanged},
		{"correct", "corrects = ?", string(s.transfers["fund"].ID), lance.FoundRowChanged},
		{"fund", "lots = replace(lots, 'lot_', ?)", "lot-", lance.FoundRowChanged},
		{"fund", "lots = ?", "{", lance.FoundRowUnreadable},
		{"fund", "at = ?", later, lance.FoundRowChanged},
		{"fund", "debit_n = debit_n + ?", 40, lance.FoundRowChanged},
		{"fund", "debit_after_minor = debit_after_minor + ?", 1, lance.FoundRowChanged},
		{"fund", "credit_n = credit_n + ?", 40, lance.FoundRowChanged},
		{"fund", "credit_after_minor = credit_after_minor + ?", 1, lance.FoundRowChanged},
		{"fund", "debit = ?", "nonsense", lance.FoundRowUnreadable},
	} {
		out = append(out, tampering{"transfer " + x.set, []statement{
			{"UPDATE {lance_transfers} SET " + x.set + " WHERE id = ?", []any{x.value, string(s.transfers[x.code].ID)}},
		}, s.ofTransfer(x.code, x.found)})
	}
	for set, value := range map[string]any{
		"id = ?": "lot_x", "provider = ?": "q", "payment_kind = ?": "gift", "payment_id = ?": "2", "method = ?": "cash",
		"charged_at = ?": later, "refundable = (1 = ?)": 2, "amount_minor = amount_minor + ?": 1, "currency = ?": "EUR",
	} {
		found := lance.FoundRowChanged
		if set == "amount_minor = amount_minor + ?" || set == "currency = ?" {
			found = lance.FoundRowUnreadable
		}
		out = append(out, tampering{"lot " + set, []statement{
			{"UPDATE {lance_lots} SET " + set + " WHERE transfer = ?", []any{value, string(s.transfers["top_up"].ID)}},
		}, s.ofTransfer("top_up", found)})
	}
	return out
}

// eventFields changes each column of an event, and swaps two bodies.
func (s *scene) eventFields() (out []tampering) {
	const typ = "agreement.funded"
	id := string(s.events[typ].ID)
	for _, x := range []struct {
		set   string
		value any
		found string
	}{
		{"type = ?", "agreement.refunded", lance.FoundRowChanged},
		{"stream_kind = ?", "project", lance.FoundRowChanged},
		{"stream_id = ?", "agr_x", lance.FoundRowChanged},
		{"version = version + ?", 40, lance.FoundRowChanged},
		{"n = n + ?", 40, lance.FoundRowChanged},
		{"schema = schema + ?", 1, lance.FoundRowChanged},
		{"at = ?", later, lance.FoundRowChanged},
		{"actor = ?", "eve", lance.FoundRowChanged},
		{"parties = ?", `["ann","eve"]`, lance.FoundRowChanged},
		{"parties = ?", `[`, lance.FoundRowUnreadable},
		{"body = ?", []byte(`{"agreement":"agr_x"}`), lance.FoundRowChanged},
		{"id = ?", "evt_x", lance.FoundRowMissing},
	} {
		out = append(out, tampering{"event " + x.set, []statement{
			{"UPDATE {lance_events} SET " + x.set + " WHERE id = ?", []any{x.value, id}},
		}, s.ofEvent(typ, x.found)})
	}
	a, b := s.events["agreement.submitted"], s.events["agreement.released"]
	return append(out, tampering{"bodies swapped", []statement{
		{"UPDATE {lance_events} SET body = ? WHERE id = ?", []any{b.Body, string(a.ID)}},
		{"UPDATE {lance_events} SET body = ? WHERE id = ?", []any{a.Body, string(b.ID)}},
	}, s.ofEvent("agreement.submitted", lance.FoundRowChanged)})
}

// logFields changes the log's own lines, seals and checkpoints.
func (s *scene) logFields() (out []tampering) {
	funded, fund := s.events["agreement.funded"], s.transfers["fund"]
	ofFund := func(code string) lance.Finding { return s.ofTransfer("fund", code) }
	for _, x := range []struct {
		set   string
		value any
		want  lance.Finding
	}{
		{"leaf = ?", make([]byte, 32), ofFund(lance.FoundRowChanged)},
		{"stream_kind = ?", "topup", ofFund(lance.FoundEntryChanged)},
		{"stream_id = ?", "trf_x", ofFund(lance.FoundEntryChanged)},
		{"version = version + ?", 1, ofFund(lance.FoundEntryChanged)},
		{"n = n + ?", 1, ofFund(lance.FoundEntryChanged)},
		{"id = ?", "trf_x", lance.Finding{Code: lance.FoundRowMissing, Kind: "transfer", ID: "trf_x", Seq: s.seqs[string(fund.ID)]}},
		{"kind = ?", "event", lance.Finding{Code: lance.FoundRowMissing, Kind: "event", ID: string(fund.ID), Seq: s.seqs[string(fund.ID)]}},
		{"kind = ?", "note", lance.Finding{Code: lance.FoundKindUnknown, Kind: "note", ID: string(fund.ID), Seq: s.seqs[string(fund.ID)]}},
	} {
		out = append(out, tampering{"log " + x.set, []statement{
			{"UPDATE {lance_log} SET " + x.set + " WHERE id = ?", []any{x.value, string(fund.ID)}},
		}, x.want})
	}
	seal := func(code string) lance.Finding {
		return lance.Finding{Code: code, Kind: "seal", ID: s.firstSeal(), Seq: 1}
	}
	changed := funded
	changed.By = "eve"
	return append(out,
		tampering{"an event and its leaf", []statement{
			{"UPDATE {lance_events} SET actor = 'eve' WHERE id = ?", []any{string(funded.ID)}},
			{"UPDATE {lance_log} SET leaf = ? WHERE id = ?", []any{changed.Leaf(), string(funded.ID)}},
		}, seal(lance.FoundBatchChanged)},
		tampering{"two places swapped", []statement{
			{"UPDATE {lance_log} SET seq = 1000 WHERE seq = 1", nil},
			{"UPDATE {lance_log} SET seq = 1 WHERE seq = 2", nil},
			{"UPDATE {lance_log} SET seq = 2 WHERE seq = 1000", nil},
		}, seal(lance.FoundBatchChanged)},
		tampering{"root", []statement{{"UPDATE {lance_seals} SET root = ? WHERE first = 1", []any{make([]byte, 32)}}}, seal(lance.FoundBatchChanged)},
		tampering{"head", []statement{{"UPDATE {lance_seals} SET head = ? WHERE first = 1", []any{make([]byte, 32)}}}, seal(lance.FoundSealChanged)},
		tampering{"seal gone", []statement{{"DELETE FROM {lance_seals} WHERE first = 1", nil}}, lance.Finding{Code: lance.FoundSealMissing, Kind: "seal", ID: "1", Seq: 1}},
		tampering{"note", []statement{{"UPDATE {lance_checkpoints} SET note = replace(note, 'example.com', 'example.org')", nil}}, s.ofCheckpoint(lance.FoundCheckpointChanged)},
		tampering{"point", []statement{{"UPDATE {lance_checkpoints} SET root = ?", []any{make([]byte, 32)}}}, s.ofCheckpoint(lance.FoundCheckpointChanged)},
	)
}

func (s *scene) firstSeal() string {
	approved := s.seqs[string(s.events["agreement.submitted"].ID)] // the last of the first seal
	return "1–" + strconv.FormatInt(approved, 10)
}

func (s *scene) ofCheckpoint(code string) lance.Finding {
	n := int64(len(s.seqs))
	return lance.Finding{Code: code, Kind: "checkpoint", ID: strconv.FormatInt(n, 10), Seq: n}
}

// keptFields changes balances, lots and agreements, which nothing hashes.
func (s *scene) keptFields() []tampering {
	bob, cash := "available:USD:bob", "cash:USD:p"
	account := func(code, id string) lance.Finding { return lance.Finding{Code: code, Kind: "account", ID: id} }
	one := func(name, sql, id, code string) tampering {
		return tampering{name, []statement{{sql, []any{id}}}, account(code, id)}
	}
	agreement := lance.Finding{Code: lance.FoundAggregateChanged, Kind: "agreement", ID: string(s.agreement.ID)}
	return []tampering{
		one("balance", "UPDATE {lance_balances} SET posted_minor = posted_minor + 1 WHERE account = ?", bob, lance.FoundKeptChanged),
		one("reserved", "UPDATE {lance_balances} SET pending_minor = pending_minor + 1 WHERE account = ?", bob, lance.FoundKeptChanged),
		one("lines", "UPDATE {lance_balances} SET lines = lines + 1 WHERE account = ?", bob, lance.FoundKeptChanged),
		one("total", "UPDATE {lance_totals} SET credit_minor = credit_minor + 1 WHERE account = ?", cash, lance.FoundKeptChanged),
		one("total gone", "DELETE FROM {lance_totals} WHERE account = ?", cash, lance.FoundKeptMissing),
		one("share", "UPDATE {lance_balances} SET front = front || '0' WHERE account = ?", bob, lance.FoundKeptChanged),
		one("share gone", "UPDATE {lance_balances} SET front = NULL WHERE account = ?", bob, lance.FoundKeptMissing),
		one("shares unreadable", "UPDATE {lance_balances} SET front = 'none' WHERE account = ?", bob, lance.FoundKeptChanged),
		{"share where nobody looks", []statement{
			{"INSERT INTO {lance_later_shares} (account, lot, amount_minor) SELECT account, substr(front, 1, 30), CAST(substr(front, 32) AS BIGINT) FROM {lance_balances} WHERE account = ?", []any{bob}},
			{"UPDATE {lance_balances} SET front = NULL WHERE account = ?", []any{bob}},
		}, account(lance.FoundKeptChanged, bob)},
		one("share added", "INSERT INTO {lance_later_shares} (account, lot, amount_minor) VALUES (?, 'lot_x', 5)", bob, lance.FoundKeptChanged),
		one("account added", "INSERT INTO {lance_balances} (account, currency, posted_minor, pending_minor, lines) VALUES (?, 'USD', 5, 0, 0)", "available:USD:eve", lance.FoundKeptChanged),
		{"state", []statement{{"UPDATE {lance_agreements} SET state = 'refunded' WHERE id = ?", []any{string(s.agreement.ID)}}}, agreement},
		{"version", []statement{{"UPDATE {lance_agreements} SET version = version + 1 WHERE id = ?", []any{string(s.agreement.ID)}}}, agreement},
		{"agreement gone", []statement{{"DELETE FROM {lance_agreements} WHERE id = ?", []any{string(s.agreement.ID)}}},
			lance.Finding{Code: lance.FoundAggregateMissing, Kind: "agreement", ID: string(s.agreement.ID)}},
		{"agreement added", []statement{{"UPDATE {lance_agreements} SET id = 'agr_x' WHERE id = ?", []any{string(s.agreement.ID)}}},
			lance.Finding{Code: lance.FoundAggregateSilent, Kind: "agreement", ID: "agr_x"}},
	}
}

// wholeRows removes rows, adds some, and cuts the end off.
func (s *scene) wholeRows() []tampering {
	sent, released := s.transfers["sent"], s.events["agreement.released"]
	last := int64(len(s.seqs))
	place := func(code string, seq int64) lance.Finding {
		return lance.Finding{Code: code, Kind: "entry", ID: strconv.FormatInt(seq, 10), Seq: seq}
	}
	cutOff := []statement{
		{"DELETE FROM {lance_log} WHERE seq = ?", []any{last}},
		{"DELETE FROM {lance_transfers} WHERE id = ?", []any{string(sent.ID)}},
		{"DELETE FROM {lance_checkpoints}", nil},
	}
	cutSeal := append(append([]statement{}, cutOff...), statement{"DELETE FROM {lance_seals} WHERE last = ?", []any{last}},
		statement{"DELETE FROM {lance_log} WHERE seq > (SELECT max(last) FROM {lance_seals})", nil})
	return []tampering{
		{"transfer gone", []statement{{"DELETE FROM {lance_transfers} WHERE id = ?", []any{string(sent.ID)}}}, s.ofTransfer("sent", lance.FoundRowMissing)},
		{"event gone", []statement{{"DELETE FROM {lance_events} WHERE id = ?", []any{string(released.ID)}}}, s.ofEvent("agreement.released", lance.FoundRowMissing)},
		{"line gone", []statement{{"DELETE FROM {lance_log} WHERE id = ?", []any{string(released.ID)}}}, place(lance.FoundEntryMissing, s.seqs[string(released.ID)])},
		{"transfer added", []statement{{"INSERT INTO {lance_transfers} (id, code, debit, credit, currency, amount_minor, subject_kind, subject_id, pending, void, at, debit_n, credit_n) SELECT 'trf_x', code, debit, credit, currency, amount_minor, subject_kind, subject_id, pending, void, at, 90, 90 FROM {lance_transfers} WHERE id = ?", []any{string(s.transfers["fund"].ID)}}},
			lance.Finding{Code: lance.FoundRowUnwitnessed, Kind: "transfer", ID: "trf_x"}},
		{"event added", []statement{{"INSERT INTO {lance_events} (id, stream_kind, stream_id, version, n, type, schema, at, actor, parties, body) SELECT 'evt_x', stream_kind, stream_id, 90, 0, type, schema, at, actor, parties, body FROM {lance_events} WHERE id = ?", []any{string(released.ID)}}},
			lance.Finding{Code: lance.FoundRowUnwitnessed, Kind: "event", ID: "evt_x"}},
		{"the last line and its row cut off", cutOff, place(lance.FoundEntryMissing, last)},
		{"the last seal cut off", cutSeal, lance.Finding{Code: lance.FoundLogShort, Kind: "checkpoint", ID: strconv.FormatInt(last, 10), Seq: last}},
	}
}
