using System.Buffers.Binary;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;
using Latchkey.Tls.Relay;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Relay;

/// <summary>The bytes of a key server's reply as steps of a relayed handshake.</summary>
internal static class RelayReplyDecoding
{
    /// <summary>Decodes; the caller disposes the reply.</summary>
    /// <param name="result">Lent.</param>
    /// <exception cref="KeyHolderFailedException">Malformed.</exception>
    public static (ulong Handshake, RelayReply Reply) Decode(SecretBytes result, KeyServerEndPoint from)
    {
        var steps = new List<RelayStep>();
        RelayOutcome? outcome = null;
        var isWhole = HandshakeReply.TryRead(result.Span, out var reply);
        while (isWhole && outcome is null && reply.TryTake(out var kind, out var content))
        {
            if (ReadStep(kind, content) is { } step)
                steps.Add(step);
            else
                isWhole = (outcome = ReadOutcome(kind, content)) is not null;
        }

        if (isWhole && outcome is not null && reply.IsAtEnd)
            return (reply.Handshake, new RelayReply(steps, outcome));
        new RelayReply(steps, outcome ?? new AwaitsMessage()).Dispose();
        throw new KeyHolderFailedException($"Key server {from} sent malformed steps of a handshake.");
    }

    private static RelayStep? ReadStep(HandshakeStepKind kind, ReadOnlySpan<byte> content) => kind switch
    {
        HandshakeStepKind.Version when Number(content) is 0x0303 or 0x0304 => new VersionStep((TlsVersion)Number(content)!.Value),
        HandshakeStepKind.Message when ReadMessage(content) is { } message => new MessageStep(message),
        HandshakeStepKind.ChangeCipherSpec when content.IsEmpty => new ChangeCipherSpecStep(),
        HandshakeStepKind.Flush when content.IsEmpty => new FlushStep(),
        HandshakeStepKind.AwaitChangeCipherSpec when content.IsEmpty => new AwaitChangeCipherSpecStep(),
        HandshakeStepKind.ReadKeys when ReadKeys(content) is { } keys => new ReadKeysStep(keys),
        HandshakeStepKind.WriteKeys when ReadKeys(content) is { } keys => new WriteKeysStep(keys),
        HandshakeStepKind.MaxPlaintextSize when Number(content) is { } bytes and > 0 => new MaxPlaintextSizeStep(bytes),
        HandshakeStepKind.SkipEarlyData when content.IsEmpty => new SkipEarlyDataStep(),
        _ => null,
    };

    private static RelayOutcome? ReadOutcome(HandshakeStepKind kind, ReadOnlySpan<byte> content) => kind switch
    {
        HandshakeStepKind.AwaitMessage when content.IsEmpty => new AwaitsMessage(),
        HandshakeStepKind.Agreed => ReadAgreed(content),
        HandshakeStepKind.HandedOver => ReadHandOver(content),
        HandshakeStepKind.Failed when content is [var alert, var culprit and >= 1 and <= 3, .. var reason] =>
            new Failed((AlertDescription)alert, (RelayCulprit)culprit, Encoding.UTF8.GetString(reason)),
        _ => null,
    };

    private static Agreed? ReadAgreed(ReadOnlySpan<byte> content)
    {
        var reader = new FieldReader(content);
        var fields = HandshakeAgreement.Read(ref reader);
        return reader.IsComplete && Agreement(fields) is { } agreement ? new Agreed(agreement) : null;
    }

    private static HandedOver? ReadHandOver(ReadOnlySpan<byte> content)
    {
        var reader = new FieldReader(content);
        var fields = HandshakeHandOver.Read(ref reader);
        HandshakeMessage? ticket = null;
        if (!fields.Ticket.IsEmpty && (ticket = ReadMessage(fields.Ticket)) is null)
            return null;
        if (!reader.IsComplete || Agreement(fields.Agreement) is not { } agreement || fields.MasterSecret.Length != Tls.Tls12.MasterSecret.Size
            || Keys12(fields.ClientKeys) is not { } client || Keys12(fields.ServerKeys) is not { } server)
            return null;
        var keys = new Tls12RecordKeys(client.MacKey, server.MacKey, client.Key, server.Key, client.FixedIv, server.FixedIv);
        var master = SecretBytes.CopyOf(fields.MasterSecret);
        return new HandedOver(agreement, new Tls12HandOver(agreement.CipherSuite, client.EncryptThenMac, master, keys, fields.ServerFirst == 1, ticket));
    }

    private static RelayedAgreement? Agreement(in HandshakeAgreement fields)
    {
        if (!((CipherSuite)fields.Suite).IsServed((TlsVersion)fields.Version))
            return null;
        return new RelayedAgreement
        {
            Version = (TlsVersion)fields.Version,
            CipherSuite = (CipherSuite)fields.Suite,
            Group = fields.Group == 0 ? null : (NamedGroup)fields.Group,
            SignatureScheme = fields.Scheme == 0 ? null : (SignatureScheme)fields.Scheme,
            ApplicationProtocol = fields.Protocol.IsEmpty ? null : Encoding.Latin1.GetString(fields.Protocol),
            Resumed = Facts(fields.Resumed),
            Resumption = fields.Attempt == 0 ? null : new ResumptionAttempt(Encoding.ASCII.GetString(fields.Arrangement), (ResumptionResult)(fields.Attempt - 1)),
        };
    }

    private static SessionFacts? Facts(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
            return null;
        using var bytes = SecretBytes.CopyOf(encoded);
        using var state = SessionStateEncoding.TryDecode(bytes);
        return state?.Facts;
    }

    private static TrafficKeys? ReadKeys(ReadOnlySpan<byte> content)
    {
        var reader = new FieldReader(content);
        var fields = HandshakeKeys.Read(ref reader);
        if (!reader.IsComplete || !((CipherSuite)fields.Suite).IsServed((TlsVersion)fields.Version))
            return null;
        return fields.Version == (ushort)TlsVersion.Tls13
            ? new Tls13TrafficKeys { Suite = (CipherSuite)fields.Suite, TrafficSecret = SecretBytes.CopyOf(fields.Key) }
            : Keys12(fields);
    }

    private static Tls12TrafficKeys? Keys12(in HandshakeKeys fields) => fields.Version != (ushort)TlsVersion.Tls12 || fields.EncryptThenMac > 1 ? null : new Tls12TrafficKeys
    {
        Suite = (CipherSuite)fields.Suite,
        EncryptThenMac = fields.EncryptThenMac == 1,
        MacKey = SecretBytes.CopyOf(fields.MacKey),
        Key = SecretBytes.CopyOf(fields.Key),
        FixedIv = SecretBytes.CopyOf(fields.FixedIv),
    };

    private static HandshakeMessage? ReadMessage(ReadOnlySpan<byte> content) =>
        content.Length >= HandshakeMessage.HeaderSize && (content[1] << 16 | content[2] << 8 | content[3]) == content.Length - HandshakeMessage.HeaderSize
            ? new HandshakeMessage(content.ToArray())
            : null;

    private static int? Number(ReadOnlySpan<byte> content) => content.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(content) : null;
}
