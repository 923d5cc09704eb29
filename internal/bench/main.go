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
	bed, err := newBed(ctx, *users)
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
	for _, figure := range figures {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), figure.name) {
			continue
		}
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
}

type result struct {
	ratio          float64
	floor, subject string
}

var figures = []figure{
	{"get", "0.80", measureGet},
	{"inspect", "0.97", measureInspect},
	{"inspected", "1.03", measureInspected},
	{"create", "0.50", measureCreate},
	{"lookup", "1.15", measureLookup},
	{"email", "1.15", measureEmail},
	{"cursor", "1.50", measureCursor},
	{"bulk", "5", measureBulk},
	{"member", "1.50", measureMember},
	{"group", "1.40", measureGroup},
	{"memory", "1.00", measureMemory},
}
