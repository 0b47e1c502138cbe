using System.Text;
using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.Tickets;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging;

namespace Latchkey.Client.Tickets;

/// <summary>
/// A site's ticket keys: the union of what each of its key servers gives (R5, T1), in memory and nowhere else. What changes there is here at once. Of the keys that seal now the one made
/// first seals, which all the others have had the longest time to get; all that are not outlived open. Where none is fresh nothing is sealed, never something under an outlived key; handshakes are
/// full ones then. Thread-safe.
/// </summary>
public sealed class KeyServerTicketKeyRing : TicketKeyRing, IAsyncDisposable
{
    /// <summary>How long a new ring may be without a key before that is a fault.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<TicketKeySource, GivenTicketKeys> _given = [];
    private readonly KeyServerClient _client;
    private readonly TlsCertificate _certificate;
    private readonly byte[] _site;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly RetiredTicketKeys _retired;
    private readonly long _began;
    private long _lookedAt;
    private TicketKey[] _keys = [];
    private readonly ChangeSignal _changed = new();
    private bool? _wasFresh;
    private bool _disposed;

    /// <summary>Begins to ask at once, and has the keys as they are until it is disposed.</summary>
    /// <param name="client">Lent.</param>
    /// <param name="certificate">The site's first: its ticket keys belong to that key.</param>
    /// <param name="site">The site's name.</param>
    public KeyServerTicketKeyRing(KeyServerClient client, TlsCertificate certificate, string site)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _certificate = certificate;
        _site = Encoding.UTF8.GetBytes(site);
        _time = client.Options.TimeProvider;
        _logger = client.TicketKeys.Logger;
        _retired = new RetiredTicketKeys(_time);
        _began = _lookedAt = _time.GetTimestamp();
        Site = site;
        client.TicketKeys.Add(this);
    }

    /// <summary>The site's name.</summary>
    public string Site { get; }

    /// <summary>How it stands, for status pages and metrics.</summary>
    public TicketKeyRingStatus Status => TicketKeyRingStatus.Of(Site, Volatile.Read(ref _keys), _time.GetUtcNow());

    /// <summary>For how long there are keys that seal, from now on and without a gap; zero: there is none now.</summary>
    internal TimeSpan SealsFor => Status.SealsFor;

    /// <summary>How long ahead the keys were made at most; zero: none was.</summary>
    internal TimeSpan Lead => Volatile.Read(ref _keys).Select(key => key.SealFrom - key.Created).DefaultIfEmpty().Max();

    /// <summary>The keys that open now, the next ones among them, in the order in which they are preferred for sealing; lent, for a few seconds.</summary>
    public IReadOnlyList<TicketKey> InUse()
    {
        var now = _time.GetUtcNow();
        return Array.FindAll(Volatile.Read(ref _keys), key => now < key.OpenUntil);
    }

    /// <summary>Completes when keys have come or gone. To be taken before looking (<see cref="InUse"/>), so that no change is missed.</summary>
    public Task NextChange => _changed.Next;

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
            // Names are public: no need for constant time.
            if (key.Name.Span.SequenceEqual(name))
                return _time.GetUtcNow() < key.OpenUntil ? key : null;
        }
        return null;
    }

    /// <summary>Asks no more and zeroes the keys.</summary>
    public ValueTask DisposeAsync()
    {
        _client.TicketKeys.Remove(this);
        lock (_gate)
        {
            _disposed = true;
            foreach (var given in _given.Values)
                given.Clear(_retired);
            _given.Clear();
            Volatile.Write(ref _keys, []);
            _retired.ZeroAll();
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks one key server for the keys as they are there now.</summary>
    /// <returns>false: it gave no answer that can be used, and is to be asked again.</returns>
    internal async ValueTask<bool> AskAsync(TicketKeySource source, KeyServerConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            using var arguments = Arguments();
            var operation = new SiteOperation("get ticket keys", Opcode.TicketKeys, _certificate, arguments, SiteOperationResult.LastingSecret);
            var reply = await _client.ExecuteOnAsync(connection, operation, cancellationToken, mayBeRefused: true);
            using var encoded = reply.Secret;
            if (!reply.IsSuccess)
                Refused(source, Refusals.Explain(connection, operation, reply.Error), reply.Error);
            return encoded is not null && Take(source, encoded);
        }
        catch (KeyHolderFailedException)
        {
            return false;
        }
    }

    /// <summary>Zeroes what is outlived, and says where there is no fresh key any more and where there is one again. To be called about once a second.</summary>
    internal void Tick()
    {
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            if (Array.Exists(_keys, key => key.OpenUntil <= now))
                Rebuild(now);
            _retired.ZeroOld();
        }
        var fresh = ForSealing() is not null;
        LookAgain(fresh);
        if (fresh == _wasFresh || (_wasFresh is null && !fresh && _time.GetElapsedTime(_began) < Patience))
            return;
        if (!fresh)
            KeyServerClient.Log.NoFreshTicketKey(_logger, _client.Options.Name, Site, Status.Describe());
        else if (_wasFresh is false)
            KeyServerClient.Log.FreshTicketKey(_logger, _client.Options.Name, Site);
        _wasFresh = fresh;
    }

    // A clock that was far ahead for a moment has had all keys taken for outlived, and no key server knows of it.
    private void LookAgain(bool isFresh)
    {
        if (isFresh)
            _lookedAt = _time.GetTimestamp();
        if (_time.GetElapsedTime(_lookedAt) < Patience)
            return;
        _lookedAt = _time.GetTimestamp();
        _client.TicketKeys.AskAgain(this);
    }

    private bool Take(TicketKeySource source, SecretBytes encoded)
    {
        if (!TicketKeysReply.TryRead(encoded.Span, out var reply))
            return false;
        bool replaced;
        lock (_gate)
        {
            if (_disposed)
                return true;
            if (!_given.TryGetValue(source, out var given))
                _given.Add(source, given = new GivenTicketKeys());
            var before = given.Audience;
            replaced = given.Take(reply, _retired);
            if (replaced)
                ClearUnheard(before);
            Rebuild(_time.GetUtcNow());
        }
        if (replaced)
            KeyServerClient.Log.TicketKeysReplaced(_logger, _client.Options.Name, source.EndPoint, Site);
        return true;
    }

    /// <summary>What an edge was given while it was allowed to, it does not use any more when it is not.</summary>
    private void Refused(TicketKeySource source, string reason, KeylessError error)
    {
        lock (_gate)
        {
            if (error is KeylessError.KeyNotFound or KeylessError.NotAllowed && _given.Remove(source, out var given))
            {
                given.Clear(_retired);
                Rebuild(_time.GetUtcNow());
            }
        }
        source.Refused(Site, reason);
    }

    /// <summary>A key server that is away cannot say that others may have the keys now; another with the same rules has said it.</summary>
    private void ClearUnheard(ulong? audience)
    {
        foreach (var (source, given) in _given)
        {
            if (given.Audience == audience && !source.IsFollowed)
                given.Clear(_retired);
        }
    }

    // Under the lock.
    private void Rebuild(DateTimeOffset now)
    {
        foreach (var given in _given.Values)
            given.RemoveOutlived(now, _retired);
        // Key servers that exchange what they have give the same keys: each is there once.
        TicketKey[] keys =
        [
            .. _given.Values.SelectMany(given => given.Keys)
                .Select(key => (Key: key, Name: Convert.ToHexString(key.Name.Span)))
                .DistinctBy(one => one.Name)
                .OrderBy(one => one.Key.Created).ThenBy(one => one.Name, StringComparer.Ordinal)
                .Select(one => one.Key),
        ];
        var hasChanged = !keys.SequenceEqual(_keys);
        Volatile.Write(ref _keys, keys);
        if (hasChanged)
            _changed.Give();
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
}
