using System.Buffers.Binary;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Records;
using Latchkey.Tls.Relay;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Relay;

/// <summary>The steps of a relayed handshake as the bytes of a reply.</summary>
internal static class RelayReplyEncoding
{
    private const int ExpectedSize = 4096;

    /// <summary>Encodes; the caller owns the result.</summary>
    public static SecretBytes Encode(ulong handshake, RelayReply reply)
    {
        var writer = new FieldWriter(ExpectedSize);
        try
        {
            HandshakeReply.Begin(ref writer, handshake);
            foreach (var step in reply.Steps)
                Write(ref writer, step);
            Write(ref writer, reply.Outcome);
            return SecretBytes.CopyOf(writer.Written);
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static void Write(ref FieldWriter writer, RelayStep step)
    {
        switch (step)
        {
            case VersionStep version:
                Write16(ref writer, HandshakeStepKind.Version, (ushort)version.Version);
                break;
            case MessageStep message:
                HandshakeReply.Add(ref writer, HandshakeStepKind.Message, message.Message.Encoded.Span);
                break;
            case ChangeCipherSpecStep:
                HandshakeReply.Add(ref writer, HandshakeStepKind.ChangeCipherSpec, []);
                break;
            case FlushStep:
                HandshakeReply.Add(ref writer, HandshakeStepKind.Flush, []);
                break;
            case AwaitChangeCipherSpecStep:
                HandshakeReply.Add(ref writer, HandshakeStepKind.AwaitChangeCipherSpec, []);
                break;
            case ReadKeysStep read:
                WriteKeys(ref writer, HandshakeStepKind.ReadKeys, read.Keys);
                break;
            case WriteKeysStep write:
                WriteKeys(ref writer, HandshakeStepKind.WriteKeys, write.Keys);
                break;
            case MaxPlaintextSizeStep size:
                Write16(ref writer, HandshakeStepKind.MaxPlaintextSize, (ushort)size.Bytes);
                break;
            case SkipEarlyDataStep:
                HandshakeReply.Add(ref writer, HandshakeStepKind.SkipEarlyData, []);
                break;
            default:
                throw new NotSupportedException($"{step.GetType().Name} has no number on the wire.");
        }
    }

    private static void Write(ref FieldWriter writer, RelayOutcome outcome)
    {
        var content = new FieldWriter(ExpectedSize);
        try
        {
            var kind = WriteContent(ref content, outcome);
            HandshakeReply.Add(ref writer, kind, content.Written);
        }
        finally
        {
            content.Dispose();
        }
    }

    private static HandshakeStepKind WriteContent(ref FieldWriter content, RelayOutcome outcome)
    {
        switch (outcome)
        {
            case AwaitsMessage:
                return HandshakeStepKind.AwaitMessage;
            case Agreed agreed:
                AgreementOf(agreed.Agreement).Write(ref content);
                return HandshakeStepKind.Agreed;
            case HandedOver handedOver:
                WriteHandOver(ref content, handedOver);
                return HandshakeStepKind.HandedOver;
            case Failed failed:
                content.UInt8((byte)failed.Alert);
                content.UInt8((byte)failed.Culprit);
                content.Bytes(Encoding.UTF8.GetBytes(failed.Reason));
                return HandshakeStepKind.Failed;
            default:
                throw new NotSupportedException($"{outcome.GetType().Name} has no number on the wire.");
        }
    }

    private static void WriteHandOver(ref FieldWriter content, HandedOver outcome)
    {
        var finish = outcome.Finish;
        new HandshakeHandOver
        {
            Agreement = AgreementOf(outcome.Agreement),
            ServerFirst = finish.ServerFirst ? (byte)1 : (byte)0,
            MasterSecret = finish.MasterSecret.Span,
            ClientKeys = KeysOf(finish.Keys.OfClient(finish.CipherSuite, finish.EncryptThenMac)),
            ServerKeys = KeysOf(finish.Keys.OfServer(finish.CipherSuite, finish.EncryptThenMac)),
            Ticket = finish.Ticket is { } ticket ? ticket.Encoded.Span : default,
        }.Write(ref content);
    }

    private static void WriteKeys(ref FieldWriter writer, HandshakeStepKind kind, TrafficKeys keys)
    {
        var content = new FieldWriter(256);
        try
        {
            KeysOf(keys).Write(ref content);
            HandshakeReply.Add(ref writer, kind, content.Written);
        }
        finally
        {
            content.Dispose();
        }
    }

    private static HandshakeKeys KeysOf(TrafficKeys keys) => keys switch
    {
        Tls12TrafficKeys block => new HandshakeKeys
        {
            Version = (ushort)TlsVersion.Tls12,
            Suite = (ushort)block.Suite,
            EncryptThenMac = block.EncryptThenMac ? (byte)1 : (byte)0,
            MacKey = block.MacKey.Span,
            Key = block.Key.Span,
            FixedIv = block.FixedIv.Span,
        },
        Tls13TrafficKeys traffic => new HandshakeKeys { Version = (ushort)TlsVersion.Tls13, Suite = (ushort)traffic.Suite, Key = traffic.TrafficSecret.Span },
        _ => throw new NotSupportedException($"{keys.GetType().Name} has no form on the wire."),
    };

    private static HandshakeAgreement AgreementOf(RelayedAgreement agreement) => new()
    {
        Version = (ushort)agreement.Version,
        Suite = (ushort)agreement.CipherSuite,
        Group = (ushort)(agreement.Group ?? 0),
        Scheme = (ushort)(agreement.SignatureScheme ?? 0),
        Protocol = Encoding.Latin1.GetBytes(agreement.ApplicationProtocol ?? ""),
        Resumed = agreement.Resumed is { } facts ? FactsOf(facts) : default,
        Attempt = agreement.Resumption is { } attempt ? (byte)(1 + (int)attempt.Result) : (byte)0,
        Arrangement = Encoding.ASCII.GetBytes(agreement.Resumption?.Arrangement ?? ""),
    };

    // The secret's place holds zeros: whatever there is of one, the steps have it.
    private static byte[] FactsOf(SessionFacts facts)
    {
        using var nothing = new SecretBytes(facts.Version == TlsVersion.Tls12 ? Tls.Tls12.MasterSecret.Size : facts.CipherSuite.Digest().SizeInBytes());
        using var encoded = SessionStateEncoding.Encode(new SessionState(facts, nothing));
        return encoded is null ? [] : encoded.Span.ToArray();
    }

    private static void Write16(ref FieldWriter writer, HandshakeStepKind kind, ushort value)
    {
        Span<byte> content = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(content, value);
        HandshakeReply.Add(ref writer, kind, content);
    }
}
