package outage

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/orylogin/orylogin/test/replicas"
)

// fault is a failure that begins and ends.
type fault struct {
	name  string
	begin func(context.Context, *replicas.Replicas) error
	hold  time.Duration // the longest time that it lasts
	end   func(context.Context, *replicas.Replicas) error
}

// schedule has the faults in their order.
var schedule = []fault{
	{name: "nothing", begin: nothing, end: nothing},
	{
		name:  "a replica killed, and back",
		begin: func(_ context.Context, r *replicas.Replicas) error { return r.Kratos[0].Halt(syscall.SIGKILL) },
		end:   func(ctx context.Context, r *replicas.Replicas) error { return r.Kratos[0].Resume(ctx) },
	},
	{name: "a rolling restart", begin: rollingRestart, end: nothing},
	{name: "the database restarted", begin: databaseStopped, hold: time.Millisecond, end: databaseBack},
	{name: "the database stopped", begin: databaseStopped, hold: 10 * time.Second, end: databaseBack},
	{
		name:  "nginx cut off",
		begin: func(_ context.Context, r *replicas.Replicas) error { return r.Proxy.Halt() },
		end:   func(ctx context.Context, r *replicas.Replicas) error { return r.Proxy.Resume(ctx) },
	},
	proxied("nginx slow", "", "limit_rate 1k;"),
	proxied("nginx answers 502", "", "return 502;"),
	proxied("nginx answers 503", "", "add_header Retry-After 1 always; return 503;"),
	proxied("nginx answers 429", "limit_req_zone $binary_remote_addr zone=all:1m rate=5r/s; limit_req_status 429;",
		"limit_req zone=all;"),
}

func nothing(context.Context, *replicas.Replicas) error { return nil }

// rollingRestart restarts one replica after the other, as an update does.
func rollingRestart(ctx context.Context, r *replicas.Replicas) error {
	for _, kratos := range r.Kratos {
		if err := errors.Join(kratos.Halt(syscall.SIGTERM), kratos.Resume(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func databaseStopped(_ context.Context, r *replicas.Replicas) error { return r.Database.Halt() }

func databaseBack(ctx context.Context, r *replicas.Replicas) error { return r.Database.Resume(ctx) }

// proxied returns a fault that lines of nginx's configuration cause.
func proxied(name, http, location string) fault {
	return fault{
		name: name,
		begin: func(ctx context.Context, r *replicas.Replicas) error {
			return r.Proxy.Configure(ctx, r.Config(http, location))
		},
		end: func(ctx context.Context, r *replicas.Replicas) error {
			return r.Proxy.Configure(ctx, r.Config("", ""))
		},
	}
}

// inject runs the faults one after the other. Each gets an equal part of the time, and half of
// it is for the time after the fault.
func inject(ctx context.Context, r *replicas.Replicas, duration time.Duration, ledger *ledger) error {
	part := duration / time.Duration(len(schedule))
	for _, fault := range schedule {
		ledger.begin(fault.name)
		if err := fault.begin(ctx, r); err != nil {
			return err
		}
		hold := part / 2
		if fault.hold > 0 {
			hold = min(hold, fault.hold)
		}
		if err := sleep(ctx, hold); err != nil {
			return err
		}
		if err := fault.end(ctx, r); err != nil {
			return err
		}
		if err := sleep(ctx, part-hold); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, length time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(length):
		return nil
	}
}
