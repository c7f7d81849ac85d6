// FramedBus on a TcpLine against the server half of libmodbus: reads and writes of every function, exceptions, and a
// server that hangs up.
#include <arpa/inet.h>
#include <modbus/modbus.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <optional>
#include <thread>

#include "bus/framed_bus.hpp"
#include "bus/tcp_line.hpp"
#include "daemon/asio_scheduler.hpp"
#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;
using device::RegisterBlock;
using device::RegisterKind;
using device::RegisterWrite;
using Words = std::vector<std::uint16_t>;

namespace {

class RealClock final : public base::Clock {
 public:
  base::BootTime boot_now() const override {
    timespec t{};
    ::clock_gettime(CLOCK_BOOTTIME, &t);
    return base::from_us(std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000);
  }
  base::WallTime wall_now() const override { return {}; }
  bool wall_trusted() const override { return true; }
  std::chrono::microseconds wall_uncertainty() const override { return {}; }
  base::BootId boot_id() const override { return {}; }
};

// Serves `connections` clients one after another; the first is hung up on after `requests_of_first`.
class Server {
 public:
  Server(int connections, int requests_of_first) {
    modbus_ = modbus_new_tcp("127.0.0.1", 0);
    mapping_ = modbus_mapping_new(100, 100, 100, 100);
    for (int i = 0; i < 100; ++i) {
      mapping_->tab_input_registers[i] = static_cast<std::uint16_t>(1000 + i);
      mapping_->tab_input_bits[i] = static_cast<std::uint8_t>(i % 3 == 0);
    }
    listener_ = modbus_tcp_listen(modbus_, 4);
    REQUIRE(listener_ >= 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, connections, requests_of_first] {
      for (int n = 0; n < connections; ++n) serve(n == 0 ? requests_of_first : 1'000'000);
    });
  }
  ~Server() {
    thread_.join();
    ::close(listener_);
    modbus_mapping_free(mapping_);
    modbus_free(modbus_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port = 0;

 private:
  void serve(int requests) {
    if (modbus_tcp_accept(modbus_, &listener_) < 0) return;
    std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    for (; requests > 0; --requests) {
      const int size = modbus_receive(modbus_, query);
      if (size < 0) break;
      modbus_reply(modbus_, query, size, mapping_);
    }
    modbus_close(modbus_);
  }

  modbus_t* modbus_ = nullptr;
  modbus_mapping_t* mapping_ = nullptr;
  int listener_ = -1;
  std::thread thread_;
};

class Client {
 public:
  explicit Client(std::uint16_t port) {
    bus::FramedBusOptions options;
    options.framing = bus::Framing::mbap;
    options.silent_until_reopened = 3;
    bus_ = std::make_unique<bus::FramedBus>(
        options, std::make_unique<bus::TcpLine>(bus::TcpEndpoint{"localhost", port}, io_, clock_), home_);
  }
  base::Result<ports::BusReply> ask(std::variant<RegisterBlock, RegisterWrite, ports::FrameExchange> what) {
    std::optional<base::Result<ports::BusReply>> reply;
    bus_->transact({1, std::move(what), 2s}, [&](auto got) { reply.emplace(std::move(got)); });
    run_until([&] { return reply.has_value(); });
    return *reply;
  }
  Words words(RegisterBlock block) {
    auto reply = ask(block);
    REQUIRE(reply.has_value());
    return reply->words;
  }
  template <class Condition>
  void run_until(Condition condition) {
    const auto deadline = clock_.boot_now() + 20s;
    while (!condition() && clock_.boot_now() < deadline) {
      io_.restart();
      io_.run_one_for(100ms);
    }
    REQUIRE(condition());
  }
  ports::BusCounters counters() const { return bus_->counters(); }

 private:
  RealClock clock_;
  boost::asio::io_context io_{1};
  daemon::AsioScheduler home_{io_, clock_};
  std::unique_ptr<bus::FramedBus> bus_;
};

}  // namespace

TEST_CASE("libmodbus's server answers every function as it should") {
  Server server(1, 1'000'000);
  Client client(server.port);
  CHECK(client.words({RegisterKind::input, 5, 2}) == Words{1005, 1006});
  CHECK(client.words({RegisterKind::discrete, 0, 10}) == Words{1, 0, 0, 1, 0, 0, 1, 0, 0, 1});
  CHECK(client.ask(RegisterWrite{RegisterKind::holding, 7, {0xBEEF}}).has_value());
  CHECK(client.ask(RegisterWrite{RegisterKind::holding, 8, {1, 2, 3}}).has_value());
  CHECK(client.ask(RegisterWrite{RegisterKind::holding, 11, {4}, true}).has_value());
  CHECK(client.words({RegisterKind::holding, 7, 5}) == Words{0xBEEF, 1, 2, 3, 4});
  CHECK(client.ask(RegisterWrite{RegisterKind::coil, 3, {1}}).has_value());
  CHECK(client.ask(RegisterWrite{RegisterKind::coil, 4, {0, 1, 1}}).has_value());
  CHECK(client.words({RegisterKind::coil, 3, 5}) == Words{1, 0, 1, 1, 0});
  const auto beyond = client.ask(RegisterBlock{RegisterKind::input, 99, 2});
  REQUIRE(beyond.has_error());
  CHECK(beyond.error().detail == 2);
  CHECK(beyond.error().consequence == base::Consequence::skip_point);
  CHECK(client.counters().noise_bytes + client.counters().foreign_replies == 0);
}

TEST_CASE("a server that hangs up while nothing is asked is connected to again before the next request") {
  Server server(2, 1);
  Client client(server.port);
  CHECK(client.words({RegisterKind::input, 0, 1}) == Words{1000});
  client.run_until([&] { return client.counters().opens == 2; });
  CHECK(client.words({RegisterKind::input, 1, 1}) == Words{1001});
}

TEST_CASE("a port where nobody listens is told with its name") {
  Client client(1);
  const auto reply = client.ask(RegisterBlock{RegisterKind::input, 0, 1});
  REQUIRE(reply.has_error());
  CHECK(reply.error().code == base::Errc::io);
  CHECK(reply.error().what.find("localhost:1") != std::string::npos);
  CHECK(client.counters().failed_opens == 1);
}
