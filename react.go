package lance

import "context"

// behind is the code of a parked event that only waits for an earlier one of
// its stream.
const behind = "behind"

func (s *step[R]) react(ctx context.Context) error {
	for _, re := range s.jobs.Reactions {
		if err := s.consume(ctx, re); err != nil {
			return err
		}
	}
	return nil
}

// consume lets one reaction read on from its cursor.
func (s *step[R]) consume(ctx context.Context, re Reaction[R]) error {
	var at, upTo int64
	var events []Event
	err := s.db.View(ctx, func(ctx context.Context, r R) (err error) {
		if at, err = r.Cursors().Cursor(ctx, re.Name); err != nil {
			return err
		}
		events, upTo, err = r.Log().Read(ctx, at, s.budget.Events)
		return err
	})
	if err != nil {
		return err
	}
	for _, ev := range events {
		if ev.Type != re.Type {
			continue
		}
		err := s.handle(ctx, re, at, ev)
		if halted(err) {
			s.note(re, ev.Stream, err)
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		at = ev.Seq
	}
	s.report.Behind = s.report.Behind || len(events) == s.budget.Events
	if upTo == at {
		return nil
	}
	err = s.db.InTx(ctx, func(ctx context.Context, r R) error { return r.Cursors().Advance(ctx, re.Name, at, upTo) })
	if halted(err) {
		s.note(re, Ref{}, err)
		return ctx.Err()
	}
	return err
}

// moved is the code of a cursor that another process was first to move.
const moved = "cursor_moved"

// halted reports a fault after which a consumer tries again at its next step:
// another process has moved the cursor, the store is not to be had now, or the
// cursor will tell whether the event was handled.
func halted(err error) bool {
	return CodeOf(err) == moved || CodeOf(err) == "commit_unknown" || KindOf(err) == Unavailable
}

// note reports a fault that halted a reaction, unless it only means that another
// process does the same work.
func (s *step[R]) note(re Reaction[R], stream Ref, err error) {
	if CodeOf(err) != moved {
		s.report.Faults = append(s.report.Faults, ReportFault{stream, re.Name, err})
	}
}

// handle runs the reaction for one event in the transaction that moves the
// cursor. An event that fails, or whose stream has one parked, is parked.
func (s *step[R]) handle(ctx context.Context, re Reaction[R], at int64, ev Event) error {
	waits := false
	err := s.db.InTx(ctx, func(ctx context.Context, r R) error {
		if err := r.Cursors().Advance(ctx, re.Name, at, ev.Seq); err != nil {
			return err
		}
		parked, err := r.Cursors().Parked(ctx, re.Name, ev.Stream, 1)
		if err != nil {
			return err
		}
		if waits = len(parked) > 0; waits {
			return r.Cursors().Park(ctx, park(re.Name, ev, behind, r))
		}
		return re.Handle(ctx, r, ev)
	})
	switch {
	case err == nil && waits:
		s.report.Parked = append(s.report.Parked, Parked{Consumer: re.Name, Seq: ev.Seq, Stream: ev.Stream, Code: behind})
	case err == nil:
		s.report.Reacted++
	case !halted(err) && ctx.Err() == nil:
		return s.park(ctx, re, at, ev, err)
	}
	return err
}

func (s *step[R]) park(ctx context.Context, re Reaction[R], at int64, ev Event, cause error) error {
	code := CodeOf(cause)
	if code == "" {
		code = Internal.String()
	}
	err := s.db.InTx(ctx, func(ctx context.Context, r R) error {
		if err := r.Cursors().Advance(ctx, re.Name, at, ev.Seq); err != nil {
			return err
		}
		return r.Cursors().Park(ctx, park(re.Name, ev, code, r))
	})
	if err == nil {
		s.report.Parked = append(s.report.Parked, Parked{Consumer: re.Name, Seq: ev.Seq, Stream: ev.Stream, Code: code})
	}
	return err
}

func park(consumer string, ev Event, code string, w World) Parked {
	return Parked{Consumer: consumer, Seq: ev.Seq, Stream: ev.Stream, Code: code, At: w.Now()}
}

// Unpark lets a reaction try the events of one stream that it has set aside
// again, in order, each in its own transaction, and returns how many succeeded.
// It stops at the first that fails again. A name that is not a reaction of this
// worker fails with NotFound "consumer_not_found".
func (w *Worker[R]) Unpark(ctx context.Context, consumer string, stream Ref) (int, error) {
	for _, re := range w.jobs.Reactions {
		if re.Name == consumer {
			n, err := w.unpark(ctx, re, stream)
			return n, Op("lance.Unpark", err)
		}
	}
	return 0, Op("lance.Unpark", E(NotFound, "consumer_not_found", "there is no such consumer"))
}

func (w *Worker[R]) unpark(ctx context.Context, re Reaction[R], stream Ref) (int, error) {
	done := 0
	for more := true; more; {
		err := w.db.InTx(ctx, func(ctx context.Context, r R) error {
			parked, err := r.Cursors().Parked(ctx, re.Name, stream, 1)
			if more = err == nil && len(parked) > 0; !more {
				return err
			}
			events, _, err := r.Log().Read(ctx, parked[0].Seq-1, 1)
			if err != nil {
				return err
			}
			if len(events) == 0 || events[0].Seq != parked[0].Seq {
				return E(Internal, "event_missing", "a parked event is not in the log")
			}
			if more, err = r.Cursors().Unpark(ctx, re.Name, events[0].Seq); err != nil || !more {
				return err
			}
			return re.Handle(ctx, r, events[0])
		})
		if err != nil {
			return done, err
		}
		if more {
			done++
		}
	}
	return done, nil
}
