package memkit

import (
	"reflect"
	"sync"
	"time"

	"github.com/megilance/lance"
)

// copier deep-copies values of one type in place: v is a settable shallow copy.
// A nil copier is for a type whose shallow copy is a full one.
type copier func(v reflect.Value)

var copiers sync.Map // reflect.Type → copier

var timeType = reflect.TypeFor[time.Time]()

// clone returns a deep copy of v with every time brought to lance.Instant, as a
// database would keep it. Unexported fields are copied shallowly: a type that
// hides a pointer is taken to be immutable, as decimals are.
func clone[T any](v T) T {
	if c := copierOf(reflect.TypeFor[T]()); c != nil {
		c(reflect.ValueOf(&v).Elem())
	}
	return v
}

func copierOf(t reflect.Type) copier {
	if c, ok := copiers.Load(t); ok {
		known, _ := c.(copier)
		return known
	}
	// A type that contains itself finds this promise of its copier while that is
	// being made.
	var ready sync.WaitGroup
	ready.Add(1)
	var made copier
	promise := copier(func(v reflect.Value) {
		ready.Wait()
		if made != nil {
			made(v)
		}
	})
	if c, loaded := copiers.LoadOrStore(t, promise); loaded {
		known, _ := c.(copier)
		return known
	}
	made = newCopier(t)
	ready.Done()
	copiers.Store(t, made)
	return made
}

func newCopier(t reflect.Type) copier {
	if t == timeType {
		return func(v reflect.Value) {
			at, _ := reflect.TypeAssert[time.Time](v)
			v.Set(reflect.ValueOf(lance.Instant(at)))
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return copyPointer(t)
	case reflect.Slice:
		return copySlice(t)
	case reflect.Array:
		return copyArray(t)
	case reflect.Map:
		return copyMap(t)
	case reflect.Struct:
		return copyStruct(t)
	case reflect.Interface:
		return copyInterface
	default:
		return nil
	}
}

func copyPointer(t reflect.Type) copier {
	elem := copierOf(t.Elem())
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(v.Elem())
		if elem != nil {
			elem(p.Elem())
		}
		v.Set(p)
	}
}

func copySlice(t reflect.Type) copier {
	elem := copierOf(t.Elem())
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		s := reflect.MakeSlice(t, v.Len(), v.Len())
		reflect.Copy(s, v)
		for i := 0; elem != nil && i < s.Len(); i++ {
			elem(s.Index(i))
		}
		v.Set(s)
	}
}

func copyArray(t reflect.Type) copier {
	elem := copierOf(t.Elem())
	if elem == nil {
		return nil
	}
	return func(v reflect.Value) {
		for i := range v.Len() {
			elem(v.Index(i))
		}
	}
}

func copyMap(t reflect.Type) copier {
	elem := copierOf(t.Elem())
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		m := reflect.MakeMapWithSize(t, v.Len())
		for it := v.MapRange(); it.Next(); {
			e := reflect.New(t.Elem()).Elem()
			e.Set(it.Value())
			if elem != nil {
				elem(e)
			}
			m.SetMapIndex(it.Key(), e)
		}
		v.Set(m)
	}
}

func copyStruct(t reflect.Type) copier {
	type part struct {
		i int
		c copier
	}
	var parts []part
	for f := range t.NumField() {
		if t.Field(f).IsExported() {
			if c := copierOf(t.Field(f).Type); c != nil {
				parts = append(parts, part{f, c})
			}
		}
	}
	if parts == nil {
		return nil
	}
	return func(v reflect.Value) {
		for _, p := range parts {
			p.c(v.Field(p.i))
		}
	}
}

func copyInterface(v reflect.Value) {
	if v.IsNil() {
		return
	}
	if c := copierOf(v.Elem().Type()); c != nil {
		e := reflect.New(v.Elem().Type()).Elem()
		e.Set(v.Elem())
		c(e)
		v.Set(e)
	}
}
