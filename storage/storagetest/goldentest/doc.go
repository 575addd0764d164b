// Package goldentest compares what a test made with a file that was checked
// by people and committed: a chart, a list of codes, an exported schema.
//
// A difference fails the test and names the first line that differs. With the
// environment variable LANCE_UPDATE_GOLDEN=1 (make golden) the file is written
// instead, and the change is read in the commit like any other.
package goldentest
