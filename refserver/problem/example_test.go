package problem_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/refserver/problem"
)

// A fault becomes a problem: its kind the status, its code and fields as they
// are.
func Example() {
	var f lance.Faults
	f.Add("/budget/min", "money_decimals", "the currency has fewer decimals")
	p := problem.Of(problem.WithRequestID(context.Background(), "req_1"), f.Err())
	out, _ := json.MarshalIndent(p, "", "  ") //nolint:errchkjson // texts and numbers alone
	fmt.Println(string(out))

	fmt.Println(problem.Of(context.Background(), lance.E(lance.Internal, "row_broken", "SELECT …")).Detail)
	// Output:
	// {
	//   "type": "https://github.com/megilance/lance/blob/main/docs/errors.md#invalid_input",
	//   "title": "Unprocessable Entity",
	//   "status": 422,
	//   "detail": "the input is not valid",
	//   "instance": "urn:request:req_1",
	//   "code": "invalid_input",
	//   "errors": [
	//     {
	//       "pointer": "/budget/min",
	//       "code": "money_decimals",
	//       "detail": "the currency has fewer decimals"
	//     }
	//   ]
	// }
	// something went wrong here
}
