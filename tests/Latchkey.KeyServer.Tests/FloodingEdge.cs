using System.Buffers.Binary;
using System.Diagnostics;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

/// <summary>A connection that sends one request over and over, in batches, with as many outstanding as it is told, and reads what comes back; cheap enough to run beside the server.</summary>
internal sealed class FloodingEdge : IAsyncDisposable
{
    private const int Batch = 16;
    private const int HeaderSize = 8;

    private readonly TestEdge _edge;
    private readonly byte[] _frames;
    private readonly int _frameSize;
    private readonly long[] _sent;
    private readonly SemaphoreSlim _room;
    private uint _next;

    public FloodingEdge(TestEdge edge, RequestItems request, int outstanding)
    {
        _edge = edge;
        var frame = TestEdge.Encode(0, request);
        _frameSize = frame.Length;
        _frames = [.. Enumerable.Repeat(frame, Batch).SelectMany(bytes => bytes)];
        _sent = new long[2 * outstanding];
        _room = new SemaphoreSlim(outstanding / Batch);
    }

    public async Task RunAsync(Outcome outcome, CancellationToken stop)
    {
        await _edge.NegotiateAsync();
        var reading = ReadAsync(outcome, stop);
        while (!stop.IsCancellationRequested)
        {
            // Now and then one looks whether it is over: the last batch may never be answered in full.
            if (!await _room.WaitAsync(100, CancellationToken.None))
                continue;
            var now = Stopwatch.GetTimestamp();
            for (var i = 0; i < Batch; i++)
            {
                _sent[_next % _sent.Length] = now;
                BinaryPrimitives.WriteUInt32BigEndian(_frames.AsSpan(i * _frameSize + 4), _next++);
            }
            try
            {
                await _edge.Stream.WriteAsync(_frames, stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        await reading;
    }

    private async Task ReadAsync(Outcome outcome, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        var (filled, answered) = (0, 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                filled += await _edge.Stream.ReadAsync(buffer.AsMemory(filled), stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            var start = 0;
            while (filled - start >= HeaderSize && filled - start >= HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(start + 2)))
            {
                var size = BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(start + 2));
                var id = BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start + 4));
                Assert.True(KeylessItems.TryRead(buffer.AsSpan(start + HeaderSize, size), out var items));
                outcome.Add(items.Opcode == Opcode.Response, Stopwatch.GetElapsedTime(_sent[id % _sent.Length]).TotalMilliseconds);
                start += HeaderSize + size;
                if (++answered % Batch == 0)
                    _room.Release();
            }
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _edge.Abort();
        await _edge.DisposeAsync();
        _room.Dispose();
    }
}

/// <summary>What came back, and when.</summary>
internal sealed class Outcome
{
    private readonly List<double> _milliseconds = [];

    public double Elapsed { get; set; }

    public int Refused { get; private set; }

    public double Rate => _milliseconds.Count / Elapsed;

    public void Add(bool answered, double milliseconds)
    {
        lock (_milliseconds)
        {
            if (answered)
                _milliseconds.Add(milliseconds);
            else
                Refused++;
        }
    }

    public double Percentile(double share)
    {
        lock (_milliseconds)
            return _milliseconds.Order().ElementAtOrDefault((int)((_milliseconds.Count - 1) * share));
    }
}
