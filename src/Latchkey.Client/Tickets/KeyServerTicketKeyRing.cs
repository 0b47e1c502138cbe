using System.Text;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tickets;

/// <summary>
/// A site's ticket keys as its key server gives them (R5), in memory and nowhere else. They are asked for again long before the one that seals is outlived; where
/// that fails until then, nothing is sealed any more, and what was sealed opens until its key's own end.
/// </summary>
public sealed class KeyServerTicketKeyRing : TicketKeyRing, IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(1);

    /// <summary>At least so often, so that a shorter rule of the key server's is noticed.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);

    /// <summary>Keys that were replaced are zeroed when no handshake can be using them any more.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly KeyServerClient _client;
    private readonly TlsCertificate _certificate;
    private readonly byte[] _site;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _refreshing;
    private TicketKey[] _keys = [];

    /// <summary>Begins to ask at once, and again and again until it is disposed.</summary>
    /// <param name="client">Lent.</param>
    /// <param name="certificate">The site's first: its ticket keys belong to that key.</param>
    /// <param name="site">The site's name.</param>
    public KeyServerTicketKeyRing(KeyServerClient client, TlsCertificate certificate, string site)
    {
        _client = client;
        _certificate = certificate;
        _site = Encoding.UTF8.GetBytes(site);
        _time = client.Options.TimeProvider;
        using (ExecutionContext.SuppressFlow())
            _refreshing = Task.Run(RefreshAsync);
    }

    /// <inheritdoc/>
    public override TicketKey? ForSealing()
    {
        var now = _time.GetUtcNow();
        return Array.Find(Volatile.Read(ref _keys), key => key.SealFrom <= now && now < key.SealUntil);
    }

    /// <inheritdoc/>
    public override TicketKey? Find(ReadOnlySpan<byte> name)
    {
        foreach (var key in Volatile.Read(ref _keys))
        {
            if (key.Name.Span.SequenceEqual(name))
                return _time.GetUtcNow() < key.OpenUntil ? key : null;
        }
        return null;
    }

    /// <summary>Asks no more and zeroes the keys.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _refreshing;
        foreach (var key in Interlocked.Exchange(ref _keys, []))
            key.Dispose();
        _stopping.Dispose();
    }

    private async Task RefreshAsync()
    {
        var retry = FirstRetry;
        try
        {
            while (true)
            {
                var succeeded = await TryAskAsync();
                await Task.Delay(succeeded ? UntilNext() : retry, _time, _stopping.Token);
                retry = succeeded ? FirstRetry : TimeSpan.FromTicks(Math.Min(2 * retry.Ticks, LastRetry.Ticks));
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
    }

    /// <summary>Half of the time that the youngest key still seals.</summary>
    private TimeSpan UntilNext()
    {
        var left = (_keys.Max(key => key.SealUntil) - _time.GetUtcNow()) / 2;
        return left < FirstRetry ? FirstRetry : left < LongestWait ? left : LongestWait;
    }

    private async ValueTask<bool> TryAskAsync()
    {
        try
        {
            using var arguments = Arguments();
            var reply = await _client.ExecuteAsync(new SiteOperation("get ticket keys", Opcode.TicketKeys, _certificate, arguments, secret: true), mayFail: true, _stopping.Token);
            using var encoded = reply.Secret;
            if (encoded is null || Read(encoded) is not { } keys)
                return false;
            var replaced = Interlocked.Exchange(ref _keys, keys);
            _ = DisposeLaterAsync(replaced);
            return true;
        }
        catch (KeyHolderFailedException)
        {
            return false;
        }
    }

    private async Task DisposeLaterAsync(TicketKey[] replaced)
    {
        await Task.Delay(Grace, _time, CancellationToken.None);
        foreach (var key in replaced)
            key.Dispose();
    }

    private SecretBytes Arguments()
    {
        var fields = new FieldWriter(256);
        try
        {
            new TicketKeysRequest { Site = _site }.Write(ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }

    /// <summary>null: not what the operation answers, or no key in it.</summary>
    private static TicketKey[]? Read(SecretBytes encoded)
    {
        if (!TicketKeysReply.TryRead(encoded.Span, out var reply) || reply.Keys.IsEmpty)
            return null;
        var keys = new List<TicketKey>();
        var fields = new FieldReader(reply.Keys);
        while (!fields.IsAtEnd)
        {
            var entry = TicketKeyEntry.Read(ref fields);
            keys.Add(new TicketKey(entry.Name.ToArray(), SecretBytes.CopyOf(entry.Secret))
            {
                Created = Time(entry.Created),
                Origin = entry.Origin,
                SealFrom = Time(entry.SealFrom),
                SealUntil = Time(entry.SealUntil),
                OpenUntil = Time(entry.OpenUntil),
            });
        }
        return [.. keys];
    }

    // A time beyond what can be said is as good as the last that can.
    private static DateTimeOffset Time(ulong milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(milliseconds, (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
}
