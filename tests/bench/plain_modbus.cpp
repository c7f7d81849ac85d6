#include "bench/plain_modbus.hpp"

#include <modbus/modbus.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "bench/report.hpp"

namespace wayside::bench {
namespace {

void read_for_ever(std::uint16_t port, int registers, const std::atomic<bool>& stop, std::atomic<std::uint64_t>& done) {
  modbus_t* modbus = modbus_new_tcp("127.0.0.1", port);
  if (modbus == nullptr || modbus_set_slave(modbus, 1) != 0 || modbus_connect(modbus) != 0) {
    give_up("libmodbus cannot connect");
  }
  std::array<std::uint16_t, 125> words{};
  while (!stop) {
    if (modbus_read_input_registers(modbus, 0, registers, words.data()) != registers) give_up("libmodbus: no answer");
    done.fetch_add(1, std::memory_order_relaxed);
  }
  modbus_close(modbus);
  modbus_free(modbus);
}

}  // namespace

Throughput plain_modbus(std::uint16_t port, int connections, int registers, double seconds) {
  std::atomic<bool> stop{false};
  std::vector<std::atomic<std::uint64_t>> done(static_cast<std::size_t>(connections));
  std::vector<std::thread> threads;
  threads.reserve(done.size());
  for (auto& each : done) threads.emplace_back([&] { read_for_ever(port, registers, stop, each); });
  const auto count = [&done] {
    std::uint64_t sum = 0;
    for (const auto& each : done) sum += each;
    return static_cast<double>(sum);
  };
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  const double before = count();
  const double cpu = cpu_seconds();
  const double start = wall_seconds();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const double transactions = count() - before;
  const Throughput result{transactions / (wall_seconds() - start), (cpu_seconds() - cpu) / transactions * 1e6};
  stop = true;
  for (auto& thread : threads) thread.join();
  return result;
}

}  // namespace wayside::bench
