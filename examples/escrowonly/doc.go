// Command escrowonly shows a host application that has its own users, called
// "41" and "42", and its own table of orders, and takes nothing of lance but
// escrow and its SQL store, in its own SQLite file and through its own handle.
//
// An order and its agreement are written in one transaction, the host's: either
// both are there or neither is. It links, and creates tables for, nothing of
// auth, payments or marketplace.
package main
