// Command bench measures the server against floors: the least that the same
// work can cost. It starts a PostgreSQL of its own, runs floor and subject in
// turn in one process, and prints one line a figure:
//
//	bench NAME ratio R goal G floor F subject S
//
// Only the ratios mean anything: absolute figures move with the machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	users := flags.Int("users", 20_000, "users in the big directory")
	only := flags.String("only", "", "figures to print, comma separated; all by default")
	profile := flags.String("cpuprofile", "", "file for a CPU profile of all figures")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(figures), func(f figure) bool {
		return *only != "" && !slices.Contains(strings.Split(*only, ","), f.name)
	})
	bed, err := newBed(ctx, *users, slices.ContainsFunc(chosen, func(f figure) bool { return !f.apart }))
	if err != nil {
		return err
	}
	defer bed.close()
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	for _, figure := range chosen {
		result, err := figure.measure(ctx, bed)
		if err != nil {
			return fmt.Errorf("%s: %w", figure.name, err)
		}
		fmt.Printf("bench %s ratio %.3f goal %s floor %s subject %s\n", figure.name, result.ratio, figure.goal, result.floor, result.subject)
	}
	return nil
}

// figure is one line of PERFORMANCE.
type figure struct {
	name, goal string
	measure    func(context.Context, *bed) (result, error)
	// apart says that it makes its own directories.
	apart bool
}

type result struct {
	ratio          float64
	floor, subject string
}

var figures = []figure{
	{"get", "0.80", measureGet, false},
	{"inspect", "0.97", measureInspect, false},
	{"inspected", "1.03", measureInspected, false},
	{"create", "0.50", measureCreate, false},
	{"lookup", "1.15", measureLookup, false},
	{"email", "1.15", measureEmail, false},
	{"cursor", "1.50", measureCursor, false},
	{"bulk", "5", measureBulk, false},
	{"member", "1.50", measureMember, false},
	{"group", "1.40", measureGroup, false},
	{"memory", "1.00", measureMemory, false},
	{"console", "1.50", measureConsole, true},
}
