using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Latchkey.Client.Links;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Listener;
using Latchkey.KeyServer.Operations;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.Requests;
using Latchkey.KeyServer.Roots;
using Latchkey.Tickets;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Work;

/// <summary>
/// Decides on the reader's thread what becomes of a well-formed request: answered at once (pings, capabilities, every refusal) or
/// queued for a worker. The order of questions: operation, key, policy, arguments.
/// </summary>
internal sealed class RequestIntake(KeyStore keys, CurrentOptions options, Lanes lanes, SignedRequests signed, TicketKeyRoots roots, AuditLog? audit, TimeProvider time, KeyServerMetrics metrics, ILogger log)
{
    // What an edge asks about a key that does not exist is put to a rule all the same, so that a denial takes no longer than that (attack 14).
    private static readonly KeySource NoSource = new() { Path = "no key", Rules = [new KeyRule { Edges = [""] }] };

    private readonly LogThrottle _overloads = new(time);
    private readonly LogThrottle _denials = new(time);
    private readonly LogThrottle _limits = new(time);
    private readonly LogThrottle _shares = new(time);
    private readonly UseCounters _uses = new(time);

    /// <summary>Answers the request or returns what is to be queued; it owns copies of its bytes and a lease on its key.</summary>
    public KeyRequest? Take(EdgeConnection connection, uint id, ReadOnlySpan<byte> body, in KeylessItems items, long now)
    {
        var opcode = items.Opcode;
        switch (opcode)
        {
            case Opcode.Ping:
                connection.Replies.AddPong(id, items.Payload, lanes.Load);
                metrics.Answered("ping", KeylessError.None);
                return null;
            case Opcode.Capabilities:
                AnswerCapabilities(connection, id, items);
                return null;
            case Opcode.FollowTicketKeys when connection.Replies.Negotiated:
                return Follow(connection, id, items);
        }
        if (signed.Verify(connection, items) is not KeylessError.None and var unsigned)
        {
            audit?.Denied(new Denial(connection.Edge.Name, "", "(not looked at)", "", KeyServerMetrics.OutcomeName(unsigned), "signature"));
            return Refuse(connection, id, "unsigned", unsigned);
        }
        if (opcode.IsReply())
            return Refuse(connection, id, "unexpected", KeylessError.UnexpectedOpcode);
        if (opcode == Opcode.ShareTicketKeyRoots && connection.Replies.Negotiated)
            return Share(connection, id, items);
        if (OperationTable.Find(opcode) is not { } operation || (opcode.IsStructured() && !connection.Replies.Negotiated))
            return Refuse(connection, id, "unknown", KeylessError.BadOpcode);

        // Read before it is known whether there is such a key: that must not show in the time it takes.
        var demand = operation.Demand(items);
        var name = operation.ServerName(items);
        var error = operation.FindKey(items, connection.Handshakes, out var key) ?? FindKey(items, out key);
        var denied = Decide(connection, opcode, demand, name, operation.CertificateNames(items), key, out var decision);
        var reason = key is null ? KeyDenial.None : decision.Denial;
        if (key is null)
            return Deny(connection, id, operation, items, name, error, reason);
        error = denied != KeylessError.None ? denied : operation.Check(items, key);
        if (error == KeylessError.None && !demand.Continues)
            error = Count(connection, key, decision.Rule);
        if (error != KeylessError.None)
        {
            key.Release();
            return Deny(connection, id, operation, items, name, error, reason);
        }
        var message = new KeylessMessage();
        message.TryRead(id, body);
        return new KeyRequest(connection, message, operation, key, lanes.Of(key, operation, items), body.Length, now, now + Patience(items))
        {
            Cost = (operation.UsesPrivateKey(items) ? key.EstimatedMicroseconds : 0) + operation.ExchangeMicroseconds(items) + (items.Has(ItemTag.SealTo) ? ExchangeCost.OfPublicValue(items.Value(ItemTag.SealTo).Length) : 0),
        };
    }

    /// <summary>Where a connection's question about ticket keys waits.</summary>
    public ParkedQuestion ParkingOf(ReplyWriter replies) => new(roots, replies, metrics);

    /// <summary>Queues as many as there is room for and refuses the others.</summary>
    /// <returns>The lane that had no room for all; null: there was room.</returns>
    public Lane? Enqueue(EdgeConnection connection, List<KeyRequest> requests)
    {
        Lane? full = null;
        // Runs of requests for one lane; nearly always there is one run.
        var rest = CollectionsMarshal.AsSpan(requests);
        while (!rest.IsEmpty)
        {
            var lane = rest[0].Lane;
            var end = 1;
            while (end < rest.Length && rest[end].Lane == lane)
                end++;
            if (!Enqueue(connection, lane, rest[..end]))
                full = lane;
            rest = rest[end..];
        }
        return full;
    }

    private bool Enqueue(EdgeConnection connection, Lane lane, ReadOnlySpan<KeyRequest> requests)
    {
        var taken = lane.Queue.Add(connection.Backlogs.In(lane), requests);
        if (taken == requests.Length)
            return true;
        metrics.Refused("queue_full", lane.Name, requests.Length - taken);
        if (_overloads.Allows())
            log.Overloaded(lane.Name, connection.Edge.Name, lane.Queue.Count);
        foreach (var request in requests[taken..])
        {
            connection.Replies.AddError(request.Message.Id, lane.Full);
            request.Key.Release();
            request.Message.Clear();
        }
        return false;
    }

    private KeylessError Decide(EdgeConnection connection, Opcode opcode, KeyDemand demand, ReadOnlySpan<byte> name, IReadOnlyList<string> certificateNames, StoredKey? key, out KeyDecision decision)
    {
        var use = new KeyUse
        {
            Edge = connection.Edge,
            Operation = opcode,
            Demand = demand,
            Source = key is null ? NoSource : InForce(key, demand),
            Key = key?.Id ?? "",
            Algorithm = key?.Private.Algorithm ?? default,
            Names = key?.NamePatterns ?? NamePatterns.None,
            ServerName = name,
            CertificateNames = certificateNames,
        };
        decision = options.Value.Policy.Decide(use);
        if (decision.IsAllowed || key is null)
            return KeylessError.None;
        Tell(use, decision, key);
        // Who may relay handshakes of this key and name learns nothing from being told that a hand-over is too much.
        return demand.Operation == KeyOperations.HandOver && options.Value.Policy.Decide(use with { Demand = new KeyDemand(KeyOperations.Relay, KeyCustody.Handshake) }).IsAllowed
            ? KeylessError.NotAllowed
            : KeylessError.KeyNotFound;
    }

    // A handshake that goes on keeps the key it began with, and keeps to what is said of that key now.
    private KeySource InForce(StoredKey key, KeyDemand demand) => demand.Continues && keys.Current.FindBySki(key.Ski) is { } current ? current.Source : key.Source;

    // Last of all: what is refused for another reason uses nothing up, and only who may use the key learns that it has a limit.
    private KeylessError Count(EdgeConnection connection, StoredKey key, KeyRule? rule)
    {
        if (rule is null || _uses.Take(connection.Edge, key.Id, rule) is not (not UseLimit.None and var limit))
            return KeylessError.None;
        metrics.Limited(limit);
        if (_limits.Allows())
            log.Limited(connection.Edge.Name, key.File, rule.Place, limit == UseLimit.Rate ? rule.Rate!.ToString() : rule.Quota!.ToString());
        return KeylessError.RateLimited;
    }

    private void Tell(in KeyUse use, in KeyDecision decision, StoredKey key)
    {
        metrics.Denied(decision.Denial);
        if (_denials.Allows())
            log.Denied(use.Edge.Name, PolicyWords.Of(use.Demand.Operation), key.File, PrintableName.Of(use.ServerName), decision.Explain(use));
    }

    // Exact identifiers first, and where one is given, nothing weaker: a name must not lead to another key than the one
    // whose certificate the edge presents (attack 12). Without any name, the address that the client connected to stands for one (I2). The deployed server knows SKI and digest, in this order.
    private KeylessError FindKey(in KeylessItems items, out StoredKey? key)
    {
        var ski = items.SubjectKeyIdentifier;
        var digest = items.CertificateDigest;
        var fingerprint = items.CertificateFingerprint;
        do
        {
            var set = keys.Current;
            if (ski.IsEmpty && digest.IsEmpty && fingerprint.IsEmpty)
                key = NameOf(items) is { } name ? set.FindByName(name) : null;
            else
                key = (ski.IsEmpty ? null : set.FindBySki(ski))
                    ?? (digest.IsEmpty ? null : set.FindByModulusDigest(digest))
                    ?? (fingerprint.IsEmpty ? null : set.FindByFingerprint(fingerprint));
        }
        while (key is not null && !key.TryLease()); // the set was replaced in between: look again
        return ski.IsEmpty && digest.IsEmpty && fingerprint.IsEmpty && items.ServerName.IsEmpty && !options.Addresses.MayName(items.ServerIp) ? KeylessError.Internal : KeylessError.KeyNotFound;
    }

    private string? NameOf(in KeylessItems items) => items.ServerName.IsEmpty ? options.Addresses.Find(items.ServerIp) : Encoding.ASCII.GetString(items.ServerName);

    private void AnswerCapabilities(EdgeConnection connection, uint id, in KeylessItems items)
    {
        if (!PeerCapabilities.TryRead(items.Value(ItemTag.Capabilities), out _))
        {
            Refuse(connection, id, "capabilities", KeylessError.BadOpcode);
            return;
        }
        connection.Replies.Negotiated = true;
        var features = OperationTable.Features;
        if (keys.Current.ServesRawOperations)
            features |= PeerFeatures.RawOperations;
        Span<byte> payload = stackalloc byte[PeerCapabilities.Size];
        connection.Replies.AddResult(id, new PeerCapabilities(PeerCapabilities.CurrentVersion, features).Write(payload));
        metrics.Answered("capabilities", KeylessError.None);
    }

    // About no key, and tells nothing but that something has changed: like a ping, it is neither signed nor a matter of policy.
    private KeyRequest? Follow(EdgeConnection connection, uint id, in KeylessItems items)
    {
        if (!FollowTicketKeysRequest.TryRead(items.Payload, out var request))
            return Refuse(connection, id, "follow_ticket_keys", KeylessError.Malformed);
        connection.Parked.Take(id, request);
        return null;
    }

    // Whoever is not meant learns no more than of a key that does not exist.
    private KeyRequest? Share(EdgeConnection connection, uint id, in KeylessItems items)
    {
        const string operation = "share_ticket_key_roots";
        if (!options.Value.TicketKeys.SharedWith.Any(connection.Edge.Answers))
        {
            audit?.Denied(new Denial(connection.Edge.Name, "", operation, "", KeyServerMetrics.OutcomeName(KeylessError.KeyNotFound), "sharedWith"));
            return Refuse(connection, id, operation, KeylessError.KeyNotFound);
        }
        if (!items.Payload.IsEmpty)
            return Refuse(connection, id, operation, KeylessError.Malformed);
        if (!IsRecorded(connection, operation))
            return Refuse(connection, id, operation, KeylessError.Internal);
        using var encoded = EncodedTicketKey.All(roots);
        if (!items.Has(ItemTag.SealTo))
            connection.Replies.AddResult(id, encoded.Span);
        else if (SealedReply.Seal(options.Value.Crypto, Opcode.ShareTicketKeyRoots, items.Value(ItemTag.SealTo), encoded) is { } box)
            connection.Replies.AddResult(id, box);
        else
            return Refuse(connection, id, operation, KeylessError.Malformed);
        metrics.Answered(operation, KeylessError.None);
        if (_shares.Allows())
            log.RootsShared(connection.Edge.Name, connection.Peer);
        return null;
    }

    // It uses no private key, and gives more than any operation that does: every ticket of every site (attack 22).
    private bool IsRecorded(EdgeConnection connection, string operation)
    {
        if (audit is null)
            return true;
        var given = new AuditBatch();
        given.AddUse(time.GetUtcNow(), connection.Edge, ski: default, operation, name: default, digest: default, KeylessError.None, repeated: false);
        return audit.TryAppend(given);
    }

    private KeyRequest? Deny(EdgeConnection connection, uint id, KeyOperation operation, in KeylessItems items, ReadOnlySpan<byte> name, KeylessError error, KeyDenial reason)
    {
        audit?.Denied(new Denial(
            connection.Edge.Name, Convert.ToHexStringLower(items.SubjectKeyIdentifier), operation.Name, PrintableName.Of(name), KeyServerMetrics.OutcomeName(error),
            reason == KeyDenial.None ? "" : KeyServerMetrics.NameOf(reason)));
        return Refuse(connection, id, operation.Name, error);
    }

    private KeyRequest? Refuse(EdgeConnection connection, uint id, string operation, KeylessError error)
    {
        connection.Replies.AddError(id, error);
        metrics.Answered(operation, error);
        log.Refused(connection.Edge.Name, operation, error);
        return null;
    }

    private long Patience(in KeylessItems items)
    {
        var age = options.Limits.QueueAge;
        if (items.Value(ItemTag.Patience) is { Length: 4 } patience && BinaryPrimitives.ReadUInt32BigEndian(patience) < age.TotalMilliseconds)
            age = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32BigEndian(patience));
        return (long)(age.TotalSeconds * time.TimestampFrequency);
    }
}
