using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tests.Edge;
using Latchkey.TicketExport;
using Latchkey.Tickets;
using Microsoft.Extensions.Logging;

namespace Latchkey.Tests.TicketExport;

/// <summary>An export with a clock, a fleet and a folder in memory of the test's own.</summary>
internal sealed class ExportHarness : IDisposable
{
    private readonly ILoggerFactory _loggers;
    private readonly List<TicketKey> _fleet = [];

    public ExportHarness(string format, params ToldServer[] servers)
    {
        Directory.CreateDirectory(Folder);
        Place = Path.Combine(Folder, "keys");
        Format = TicketKeyFormat.All.Single(one => one.Name == format);
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(Log));
        Export = new TicketKeyExport(() => [.. _fleet.Where(key => Clock.GetUtcNow() < key.OpenUntil)], () => Task.Delay(Timeout.Infinite), Format, TicketKeyTarget.Open(Place, Format, allowDisk: false), servers, Clock, _loggers.CreateLogger<TicketKeyExport>());
    }

    public string Folder { get; } = Path.Combine("/dev/shm", $"latchkey-test-{Guid.NewGuid():N}");

    public string Place { get; }

    public TicketKeyFormat Format { get; }

    public TicketKeyExport Export { get; }

    public SetClock Clock { get; } = new();

    public CapturedLog Log { get; } = new();

    /// <summary>A key that seals for an hour from so many hours after the clock's beginning, and opens for a day more.</summary>
    public TicketKey Add(double hour)
    {
        var from = SetClock.Beginning + TimeSpan.FromHours(hour);
        var key = new TicketKey(RandomNumberGenerator.GetBytes(TicketKey.NameSize), SecretBytes.Random(TicketKey.SecretSize))
        {
            Created = from - TimeSpan.FromHours(1),
            SealFrom = from,
            SealUntil = from + TimeSpan.FromHours(1),
            OpenUntil = from + TimeSpan.FromHours(25),
        };
        _fleet.Add(key);
        return key;
    }

    public void Remove(TicketKey key) => _fleet.Remove(key);

    /// <summary>The keys that lie at the place, in the server's order.</summary>
    public IReadOnlyList<byte[]> Written() => Format is NginxTicketKeys
        ? [.. NginxFiles.Select(File.ReadAllBytes)]
        : [.. File.ReadLines(Place).Select(Convert.FromBase64String)];

    public Task StepAsync() => Export.StepAsync(TestContext.Current.CancellationToken);

    /// <summary>The files that nginx is told of, in order.</summary>
    public IReadOnlyList<string> NginxFiles => [.. File.ReadLines(Path.Combine(Place, KeyFolder.Configuration)).Where(line => line[0] != '#').Select(line => line.Split('"')[1])];

    public byte[] Encode(TicketKey key)
    {
        using var encoded = Format.Encode(key);
        return encoded.Span.ToArray();
    }

    public void Dispose()
    {
        Export.Dispose();
        _loggers.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>A clock that a test sets.</summary>
internal sealed class SetClock : TimeProvider
{
    public static readonly DateTimeOffset Beginning = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => Beginning + _elapsed;

    public void Advance(TimeSpan by) => _elapsed += by;
}
