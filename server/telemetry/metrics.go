package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sellerchat/server/bridge"
)

var (
	finals = []bridge.State{bridge.Delivered, bridge.Failed, bridge.Uncertain, bridge.Skipped}

	// sources and outcomes are those that are counted often; others are added as they come.
	sources  = []string{"tiktok", "freshchat", "event"}
	outcomes = []string{"accepted", "duplicate", "ignored", "too_old", "refused"}
)

// Metrics counts what the program does. Counting on the way of a message neither allocates nor
// waits. All methods are safe for concurrent use.
type Metrics struct {
	registry   *prometheus.Registry
	corrected  *prometheus.CounterVec
	deliveries map[settled]prometheus.Counter
	latency    map[bridge.Direction]prometheus.Observer
	webhooks   *prometheus.CounterVec
	breakers   *prometheus.GaugeVec
	reconciled *prometheus.CounterVec
	frequent   map[webhook]prometheus.Counter
}

type settled struct {
	direction bridge.Direction
	state     bridge.State
}

type webhook struct{ source, outcome string }

// NewMetrics returns metrics on a registry of their own.
func NewMetrics() *Metrics {
	deliveries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sellerchat_deliveries_total", Help: "Deliveries that reached a final state.",
	}, []string{"direction", "state"})
	latency := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "sellerchat_delivery_seconds", Help: "Time from accepting a message to its delivery.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200},
	}, []string{"direction"})
	webhooks := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sellerchat_webhooks_total", Help: "Webhooks and events received, by what became of them.",
	}, []string{"source", "outcome"})
	breakers := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "sellerchat_breakers_open", Help: "Installations to which calls are stopped since a side gives them no proper answers.",
	}, []string{"side"})

	reconciled := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sellerchat_reconciled_total", Help: "What comparing both sides came to.",
	}, []string{"side", "outcome"})

	corrected := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sellerchat_corrections_total", Help: "Deliveries whose final state turned out to be another one, which is counted as well.",
	}, []string{"direction", "was", "state"})

	m := &Metrics{
		registry:   prometheus.NewRegistry(),
		corrected:  corrected,
		deliveries: map[settled]prometheus.Counter{},
		latency:    map[bridge.Direction]prometheus.Observer{},
		webhooks:   webhooks,
		breakers:   breakers,
		reconciled: reconciled,
		frequent:   map[webhook]prometheus.Counter{},
	}
	m.registry.MustRegister(deliveries, latency, webhooks, breakers, reconciled, corrected,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	for _, d := range bridge.Directions {
		m.latency[d] = latency.WithLabelValues(d.String())
		for _, s := range finals {
			m.deliveries[settled{d, s}] = deliveries.WithLabelValues(d.String(), string(s))
		}
	}

	for _, side := range []bridge.Side{bridge.TikTok, bridge.Freshchat} {
		m.Breakers(side, 0)
	}

	for _, source := range sources {
		for _, outcome := range outcomes {
			m.frequent[webhook{source, outcome}] = webhooks.WithLabelValues(source, outcome)
		}
	}

	return m
}

// Settled counts a delivery that reached a final state, took after it was accepted. Other states
// are not counted.
func (m *Metrics) Settled(d bridge.Direction, s bridge.State, took time.Duration) {
	counter, known := m.deliveries[settled{d, s}]
	if !known {
		return
	}

	counter.Inc()

	if s == bridge.Delivered {
		m.latency[d].Observe(took.Seconds())
	}
}

// Corrected counts a delivery whose final state turned out to be another one, and the new state as
// if it had only now been reached.
func (m *Metrics) Corrected(d bridge.Direction, was, now bridge.State, took time.Duration) {
	m.corrected.WithLabelValues(d.String(), string(was), string(now)).Inc()
	m.Settled(d, now, took)
}

// Webhook counts a webhook or event by where it came from and what became of it. Both are from a
// fixed set of the caller's, never from a request.
func (m *Metrics) Webhook(source, outcome string) {
	if counter, frequent := m.frequent[webhook{source, outcome}]; frequent {
		counter.Inc()

		return
	}

	m.webhooks.WithLabelValues(source, outcome).Inc()
}

// Breakers shows for how many installations calls to a side are stopped.
func (m *Metrics) Breakers(side bridge.Side, open int) {
	m.breakers.WithLabelValues(side.String()).Set(float64(open))
}

// Reconciled counts what comparing a side came to: conversations compared, messages found.
func (m *Metrics) Reconciled(side bridge.Side, outcome string, n int) {
	m.reconciled.WithLabelValues(side.String(), outcome).Add(float64(n))
}

// ObserveQueue shows, at each look, how many messages wait in a direction. A nil map means that it
// is not known, and nothing is shown. It must be called once.
func (m *Metrics) ObserveQueue(queued func() map[bridge.Direction]int) {
	m.registry.MustRegister(&queue{queued: queued, desc: prometheus.NewDesc(
		"sellerchat_queue_messages", "Messages whose delivery is not final.", []string{"direction"}, nil)})
}

// ObserveStore shows, at each look, how large the file of the store is and how much of that is free
// for what is to come, in bytes. It must be called once.
func (m *Metrics) ObserveStore(size func() (file, free int64)) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sellerchat_store_bytes", Help: "Size of the file that keeps the state.",
		}, func() float64 {
			file, _ := size()

			return float64(file)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sellerchat_store_free_bytes", Help: "Part of that file that is free for what is to come.",
		}, func() float64 {
			_, free := size()

			return float64(free)
		}),
	)
}

// Registerer takes the metrics of others, such as those of the HTTP server.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// Handler answers with all metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// queue reads the lengths of the queues when somebody looks.
type queue struct {
	desc   *prometheus.Desc
	queued func() map[bridge.Direction]int
}

func (q *queue) Describe(ch chan<- *prometheus.Desc) { ch <- q.desc }

func (q *queue) Collect(ch chan<- prometheus.Metric) {
	queued := q.queued()
	if queued == nil {
		return
	}

	for _, d := range bridge.Directions {
		ch <- prometheus.MustNewConstMetric(q.desc, prometheus.GaugeValue, float64(queued[d]), d.String())
	}
}
