"""Runs one command for each worker, each in a network namespace of its own, over links that delay, lose and throttle packets.

    python3 network.py --workers 2 --delay 20 --loss 1 --rate 100 -- understory train config.yaml --trust-network

Every worker has the address 10.66.0.<rank + 1> behind a TUN device; this process is the switch between them, so what it drops is
dropped for TCP as on a real wire: no kernel module (sch_netem) is needed. `--delay` in ms each way, `--loss` in percent, `--rate` in Mbit/s of
each worker's sending. A line on stdin, `cut 1` or `join 1`, drops all packets of a worker, or none any more; `kill 1 KILL`
sends a signal. Tells on stdout, one line of JSON each, which process is which worker and how each ended. Ends when all have.
Needs root, or `unshare -r`.
"""
import argparse, array, ctypes, fcntl, heapq, json, os, random, selectors, signal, socket, struct, subprocess, sys, time

CLONE_NEWNET, PR_SET_PDEATHSIG = 0x40000000, 1
TUNSETIFF, IFF_TUN_NO_PI = 0x400454CA, 0x0001 | 0x1000
PORT = 2222


def address(rank):
    return f'10.66.0.{rank + 1}'


def unshare_network():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # no worker outlives the switch
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'no network namespace: run this as root, or under unshare -r')


def become_worker(rank, workers, channel, command):
    """In the child: makes its network, hands the device over, and becomes the command."""
    unshare_network()
    tun = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH', b'net0', IFF_TUN_NO_PI))
    for line in ('link set lo up', f'addr add {address(rank)}/24 dev net0', 'link set net0 up'):
        subprocess.run(['ip', *line.split()], check=True)
    channel.sendmsg([b'!'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [tun]))])
    os.close(tun)
    cluster = {'worker': [f'{address(i)}:{PORT}' for i in range(workers)]}
    os.environ['TF_CONFIG'] = json.dumps({'cluster': cluster, 'task': {'type': 'worker', 'index': rank}})
    out = os.open(f'worker{rank}.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.execvp(command[0], command)


def start_worker(rank, workers, command):
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        try:
            become_worker(rank, workers, theirs, command)
        finally:
            os._exit(71)
    theirs.close()
    _, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(4))
    if not ancillary:
        sys.exit(f'worker {rank} has no network')
    return pid, array.array('i', ancillary[0][2])[0]


class Switch:
    """Packets on their way, by the time at which they arrive."""

    QUEUE = 1000  # packets that wait to be sent, as netem has them

    def __init__(self, tuns, delay, loss, rate, seed):
        self.tuns, self.delay, self.loss, self.rate = tuns, delay, loss, rate
        self.random = random.Random(seed)
        self.free, self.cut, self.on_way, self.count = [0.0] * len(tuns), set(), [], 0
        self.lost = self.carried = 0

    def take(self, rank):
        while True:
            try:
                packet = os.read(self.tuns[rank], 65536)
            except BlockingIOError:
                return
            to = packet[19] - 1 if len(packet) > 19 and packet[0] >> 4 == 4 else -1
            if not 0 <= to < len(self.tuns) or rank in self.cut or to in self.cut:
                continue
            now = time.monotonic()
            seconds = len(packet) * 8 / self.rate
            sent = max(now, self.free[rank])
            if self.random.random() < self.loss or sent - now > self.QUEUE * 1500 * 8 / self.rate:
                self.lost += 1
                continue
            self.free[rank] = sent + seconds
            self.count += 1
            heapq.heappush(self.on_way, (sent + seconds + self.delay, self.count, to, packet))

    def deliver(self):
        now = time.monotonic()
        while self.on_way and self.on_way[0][0] <= now:
            _, _, to, packet = heapq.heappop(self.on_way)
            self.carried += 1
            try:
                os.write(self.tuns[to], packet)
            except OSError:
                pass  # its worker is gone
        return max(0.0, self.on_way[0][0] - now) if self.on_way else 0.2


def tell(**what):
    print(json.dumps(what), flush=True)


def obey(line, pids, switch):
    word, rank, *rest = line.split()
    if word == 'kill':
        os.kill(pids[int(rank)], getattr(signal, f'SIG{rest[0]}'))
    else:
        (switch.cut.add if word == 'cut' else switch.cut.discard)(int(rank))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--delay', type=float, default=0)
    parser.add_argument('--loss', type=float, default=0)
    parser.add_argument('--rate', type=float, default=1000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('command', nargs='+')
    given = parser.parse_args()
    started = [start_worker(rank, given.workers, given.command) for rank in range(given.workers)]
    pids, tuns = [pid for pid, _ in started], [tun for _, tun in started]
    tell(workers=pids)
    switch = Switch(tuns, given.delay / 1000, given.loss / 100, given.rate * 1e6, given.seed)
    waiting = selectors.PollSelector()
    for rank, tun in enumerate(tuns):
        waiting.register(tun, selectors.EVENT_READ, rank)
    waiting.register(0, selectors.EVENT_READ, 'orders')
    alive, begun = set(range(given.workers)), time.monotonic()
    while alive:
        for key, _ in waiting.select(switch.deliver()):
            if key.data != 'orders':
                switch.take(key.data)
            elif line := sys.stdin.readline():
                obey(line, pids, switch)
            else:
                waiting.unregister(0)
        for rank in list(alive):
            pid, status = os.waitpid(pids[rank], os.WNOHANG)
            if pid:
                alive.discard(rank)
                tell(ended=rank, code=os.waitstatus_to_exitcode(status), seconds=round(time.monotonic() - begun, 1))
    tell(packets=switch.carried, lost=switch.lost)


main()
