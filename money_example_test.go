package lance_test

import (
	"encoding/json"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
)

func ExampleParseMoney() {
	price, err := lance.ParseMoney("12.30", lance.USD)
	fmt.Println(price, price.Minor(), err)

	_, err = lance.ParseMoney("12.345", lance.USD)
	fmt.Println(lance.CodeOf(err))
	// Output:
	// 12.30 USD 1230 <nil>
	// money_decimals
}

func ExampleMoney_Allocate() {
	hundred := lance.NewMoney(100_00, lance.USD)
	shares, err := hundred.Allocate(1, 1, 1)
	fmt.Println(shares, err)
	// Output: [33.34 USD 33.33 USD 33.33 USD] <nil>
}

func ExampleMoney_Mul() {
	fee, err := lance.NewMoney(99_99, lance.USD).Mul(decimal.RequireFromString("0.10"), lance.HalfUp)
	fmt.Println(fee, err)
	// Output: 10.00 USD <nil>
}

func ExampleMoney_Convert() {
	yen, err := lance.NewMoney(12_34, lance.USD).Convert(decimal.RequireFromString("149.5"), lance.JPY, lance.HalfEven)
	fmt.Println(yen, err)
	// Output: 1845 JPY <nil>
}

func ExampleMoney_UnmarshalJSON() {
	var price lance.Money
	fmt.Println(json.Unmarshal([]byte(`{"amount":"125.00","currency":"USD"}`), &price), price)
	fmt.Println(json.Unmarshal([]byte(`{"amount":125.5,"currency":"USD"}`), &price))
	// Output:
	// <nil> 125.00 USD
	// invalid invalid_input: the input is not valid; /amount money_syntax: this is a string
}
