package dispute_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(dispute.Lifecycle.Mermaid()))
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, dispute.Lifecycle, `
		opened respond negotiation respondent
		opened add_evidence opened opener respondent
		opened concede resolved respondent
		opened withdraw withdrawn opener
		opened grant resolved clock
		opened escalate arbitration clock
		opened suspend suspended clock
		negotiation add_evidence negotiation opener respondent
		negotiation offer negotiation opener respondent
		negotiation accept_offer resolved opener respondent
		negotiation decline_offer negotiation opener respondent
		negotiation concede resolved respondent
		negotiation withdraw withdrawn opener
		negotiation escalate mediation opener respondent clock
		negotiation suspend suspended clock
		mediation add_evidence mediation opener respondent
		mediation offer mediation opener respondent mediator
		mediation consent mediation opener respondent
		mediation accept_offer resolved opener respondent
		mediation decline_offer mediation opener respondent mediator
		mediation concede resolved respondent
		mediation withdraw withdrawn opener
		mediation assign mediation admin candidate
		mediation escalate arbitration mediator clock
		mediation suspend suspended clock
		arbitration add_evidence arbitration opener respondent
		arbitration offer arbitration opener respondent
		arbitration accept_offer resolved opener respondent
		arbitration decline_offer arbitration opener respondent
		arbitration concede resolved respondent
		arbitration assign arbitration admin candidate
		arbitration rule ruled arbiter
		arbitration lapse resolved clock
		arbitration suspend suspended clock
		ruled appeal arbitration opener respondent
		ruled execute resolved clock
		ruled suspend suspended clock
		suspended suspend suspended clock
		suspended lift suspended clock
		suspended resume_response opened clock
		suspended resume_negotiation negotiation clock
		suspended resume_mediation mediation clock
		suspended resume_arbitration arbitration clock
		suspended resume_ruling ruled clock
		suspended overtake overtaken clock`)
}

// TestTheClockLeadsOutOfEveryStage requires that a case nobody touches ends by
// itself, by edges that do not wait for a chargeback.
func TestTheClockLeadsOutOfEveryStage(t *testing.T) {
	t.Parallel()
	byItself := []dispute.Action{dispute.Grant, dispute.Escalate, dispute.Lapse, dispute.Execute}
	for _, s := range dispute.Lifecycle.States() {
		for range dispute.Lifecycle.States() {
			for _, e := range dispute.Lifecycle.Edges() {
				if e.From == s && slices.Contains(e.By, lance.ByClock) && slices.Contains(byItself, e.Do) {
					s = e.To
				}
			}
		}
		require.True(t, dispute.Lifecycle.Terminal(s) || s == dispute.Suspended, "%s", s)
	}
}

// TestNobodyDecidesForHimself requires that a party ends a case only by taking it
// back, by granting what the other claims, or by accepting what he offers.
func TestNobodyDecidesForHimself(t *testing.T) {
	t.Parallel()
	for _, e := range dispute.Lifecycle.Edges() {
		if !dispute.Lifecycle.Terminal(e.To) && e.To != dispute.Ruled {
			continue
		}
		switch {
		case slices.Contains(e.By, dispute.ByOpener):
			require.Contains(t, []dispute.Action{dispute.Withdraw, dispute.AcceptOffer}, e.Do)
		case slices.Contains(e.By, dispute.ByRespondent):
			require.Contains(t, []dispute.Action{dispute.Concede, dispute.AcceptOffer}, e.Do)
		}
	}
}
