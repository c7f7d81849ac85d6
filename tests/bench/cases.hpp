// The benchmark cases. Each prints a Result for each of its variants.
#pragma once

#include <array>
#include <string_view>

#include "bench/report.hpp"

namespace wayside::bench {

void rtu_wire(const Settings& settings);
void rtu_dead(const Settings& settings);
void tcp_poll(const Settings& settings);
void poll_jitter(const Settings& settings);
void rules(const Settings& settings);
void store_append(const Settings& settings);
void store_drain(const Settings& settings);
void store_wear(const Settings& settings);
void store_alarm(const Settings& settings);
void uplink(const Settings& settings);
void drain(const Settings& settings);
void end_to_end(const Settings& settings);
void latency(const Settings& settings);

struct Case {
  std::string_view name;
  std::string_view what;
  void (*run)(const Settings&);
};

inline constexpr std::array kCases{
    Case{"rtu-wire", "32 healthy units on a paced serial line, against the wire's arithmetic", &rtu_wire},
    Case{"rtu-dead", "the same with 4 of 32 units silent: what the healthy ones keep", &rtu_dead},
    Case{"tcp-poll", "64 TCP devices flat out, decoded samples, against libmodbus with a thread each", &tcp_poll},
    Case{"poll-jitter", "1,000 points at 1 s and 50 at 100 ms: how late polls begin", &poll_jitter},
    Case{"rules", "10,000 points: samples a second with 10 rules each, and with a detector each", &rules},
    Case{"store-append", "events of 200 B, 100 a commit, against an append and fdatasync log", &store_append},
    Case{"store-drain", "a backlog of 1,000,000 events to a null link, against reading the rows", &store_drain},
    Case{"store-wear", "bytes handed to the disk for each byte of body, acknowledged at once", &store_wear},
    Case{"store-alarm", "one transition durable under load, against pwrite and fdatasync", &store_alarm},
    Case{"uplink", "stored chunks of 16 KB to mosquitto, QoS 1, against a bare loop of Paho", &uplink},
    Case{"drain", "from SQLite to PUBACK and removal, against a row an event with plain SQLite and Paho", &drain},
    Case{"end-to-end", "100 TCP devices flat out to a subscriber, against threads, SQLite and Paho", &end_to_end},
    Case{"latency", "from a changed register to the alarm at a subscriber, durable, under load", &latency},
};

}  // namespace wayside::bench
