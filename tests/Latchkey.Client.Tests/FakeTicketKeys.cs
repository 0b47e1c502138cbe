using System.Collections.Concurrent;
using System.Security.Cryptography;
using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tests;

/// <summary>A fake key server's ticket keys, which a test changes; questions for news are parked as a key server does.</summary>
internal sealed class FakeTicketKeys : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<(FakeConnection Connection, uint Id)> _parked = new();
    private readonly List<byte[]> _keys = [];
    private UInt128 _generation = 1;
    private ulong _audience = 1;

    private FakeTicketKeys(FakeKeyServer server, TimeProvider time)
    {
        Server = server;
        Time = time;
    }

    public FakeKeyServer Server { get; }

    /// <summary>The key server's clock.</summary>
    public TimeProvider Time { get; set; }

    /// <summary>Questions for the keys of a site so far.</summary>
    public int Asked { get; private set; }

    /// <summary>Questions that wait for news.</summary>
    public int Parked => _parked.Count;

    /// <summary>Questions that wanted the clock at once so far.</summary>
    public int ClockTold { get; private set; }

    /// <summary>Answered where it is not <see cref="KeylessError.None"/>.</summary>
    public KeylessError Refusal { get; set; }

    /// <summary>What becomes of a sealed reply on its way.</summary>
    public Func<byte[], byte[]> Altered { get; set; } = box => box;

    public static FakeTicketKeys Start(LinkWorld world, int port = 0, TimeProvider? time = null)
    {
        var server = FakeKeyServer.Start(world, port);
        server.Features = PeerFeatures.FollowTicketKeys | PeerFeatures.SealedReplies;
        var keys = new FakeTicketKeys(server, time ?? TimeProvider.System);
        server.Answer = keys.AnswerAsync;
        return keys;
    }

    /// <summary>A key of these times, seconds from now; its name.</summary>
    public static byte[] Key(double created, double from, double until, double opens, ulong origin = 1)
    {
        var now = DateTimeOffset.UtcNow;
        var fields = new FieldWriter(TicketKeyEntry.Size);
        new TicketKeyEntry
        {
            Name = RandomNumberGenerator.GetBytes(TicketKey.NameSize),
            Secret = RandomNumberGenerator.GetBytes(TicketKey.SecretSize),
            Created = At(created),
            SealFrom = At(from),
            SealUntil = At(until),
            OpenUntil = At(opens),
            Origin = origin,
        }.Write(ref fields);
        return fields.Written.ToArray();

        ulong At(double seconds) => (ulong)now.AddSeconds(seconds).ToUnixTimeMilliseconds();
    }

    /// <summary>Has these keys from now on, and tells it.</summary>
    public Task SetAsync(params byte[][] keys) => ChangeAsync(() =>
    {
        _keys.Clear();
        _keys.AddRange(keys);
    });

    /// <summary>Others may have the keys from now on, which are these.</summary>
    public Task SetForOthersAsync(params byte[][] keys) => ChangeAsync(() =>
    {
        _audience++;
        _keys.Clear();
        _keys.AddRange(keys);
    });

    public async Task ChangeAsync(Action change)
    {
        lock (_gate)
        {
            change();
            _generation++;
        }
        await TellParkedAsync();
    }

    /// <summary>Answers the questions that wait, whether or not there is news.</summary>
    public async Task TellParkedAsync()
    {
        while (_parked.TryDequeue(out var one))
            await TellAsync(one.Connection, one.Id);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private ValueTask AnswerAsync(FakeConnection connection, KeylessMessage message)
    {
        if (message.Items.Opcode == Opcode.FollowTicketKeys)
        {
            Assert.True(FollowTicketKeysRequest.TryRead(message.Payload.Span, out var follow));
            lock (_gate)
            {
                if (follow.Known == _generation && follow.WaitMilliseconds > 0)
                {
                    _parked.Enqueue((connection, message.Id));
                    return ValueTask.CompletedTask;
                }
                ClockTold += follow.Known == 0 ? 1 : 0;
            }
            return TellAsync(connection, message.Id);
        }
        Assert.Equal(Opcode.TicketKeys, message.Items.Opcode);
        Assert.True(TicketKeysRequest.TryRead(message.Payload.Span, out var request));
        Assert.False(request.Site.IsEmpty);
        Asked++;
        return Refusal == KeylessError.None ? connection.RespondAsync(message.Id, Sealed(message)) : connection.RefuseAsync(message.Id, Refusal);
    }

    private byte[] Sealed(KeylessMessage message)
    {
        using var reply = SecretBytes.CopyOf(Reply());
        var box = SealedReply.Seal(CryptoProvider.Default, Opcode.TicketKeys, message.Items.Value(ItemTag.SealTo), reply);
        Assert.NotNull(box);
        return Altered(box);
    }

    private byte[] Reply()
    {
        lock (_gate)
        {
            var fields = new FieldWriter(64);
            TicketKeysReply.WriteHead(ref fields, _audience);
            foreach (var key in _keys)
                fields.Bytes(key);
            return fields.Written.ToArray();
        }
    }

    private async ValueTask TellAsync(FakeConnection connection, uint id)
    {
        var fields = new FieldWriter(FollowTicketKeysReply.Size);
        lock (_gate)
            new FollowTicketKeysReply(_generation, (ulong)Time.GetUtcNow().ToUnixTimeMilliseconds()).Write(ref fields);
        try
        {
            await connection.RespondAsync(id, fields.Written.ToArray());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client has left.
        }
    }
}
