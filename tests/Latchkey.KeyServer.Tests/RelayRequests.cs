using System.Buffers.Binary;
using System.Text;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Questions of relayed handshakes, and what a TLS 1.2 client says in them.</summary>
internal static class RelayRequests
{
    /// <summary>TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, X25519, extended master secret.</summary>
    public static byte[] ClientHello(string name = "site.test", byte[]? identifier = null, byte[]? ticket = null)
    {
        byte[] serverName = [0, .. V16(Encoding.ASCII.GetBytes(name))];
        byte[] extensions =
        [
            .. Extension(0, V16(serverName)), .. Extension(10, V16([0x00, 0x1D, 0x00, 0x17])), .. Extension(13, V16([0x04, 0x03, 0x08, 0x04])), .. Extension(23, []),
            .. ticket is null ? [] : Extension(35, ticket),
        ];
        return Message(1, [0x03, 0x03, .. new byte[32], (byte)(identifier?.Length ?? 0), .. identifier ?? [], .. V16([0xC0, 0x2B, 0xC0, 0x2F]), 1, 0, .. V16(extensions)]);
    }

    /// <summary>An X25519 value, of which any 32 bytes with a nine in front are one.</summary>
    public static byte[] ClientKeyExchange() => Message(16, [32, 9, .. new byte[31]]);

    public static byte[] Finished() => Message(20, new byte[12]);

    public static byte[] Message(byte type, byte[] body) => [type, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body];

    public static byte[] Begin(TestCertificate site, byte[]? hello = null, byte finished = 0, byte[]? chain = null, ushort minVersion = 0x0303, HandshakeResumption resumption = default)
    {
        var writer = new FieldWriter(4096);
        new BeginHandshakeRequest
        {
            Finished = finished,
            Site = "site.test"u8,
            Profile = 1,
            MinVersion = minVersion,
            MaxVersion = 0x0304,
            CipherSuites = default,
            DhGroup = 0x0101,
            Protocols = default,
            Resumption = resumption,
            ClientCertificates = 0,
            Authorities = default,
            Chain = chain ?? V16(site.Certificate),
            ClientHello = hello ?? ClientHello(),
        }.Write(ref writer);
        return writer.Written.ToArray();
    }

    public static byte[] Continue(ulong handshake, byte[] message)
    {
        var writer = new FieldWriter(4096);
        new ContinueHandshakeRequest { Handshake = handshake, Message = message }.Write(ref writer);
        return writer.Written.ToArray();
    }

    public static RequestItems Ask(Opcode opcode, byte[] ski, byte[] payload, string? name = null) => (ref items) =>
    {
        items.Opcode = opcode;
        items.SubjectKeyIdentifier = ski;
        items.Payload = payload;
        if (name is not null)
            items.ServerName = Encoding.ASCII.GetBytes(name);
    };

    /// <summary>The number, and the kinds of the steps in order.</summary>
    public static (ulong Handshake, List<HandshakeStepKind> Steps, byte[] Last) Read(Reply reply)
    {
        var (handshake, steps) = ReadSteps(reply);
        return (handshake, [.. steps.Select(step => step.Kind)], steps[^1].Content);
    }

    /// <summary>The number, and the steps in order.</summary>
    public static (ulong Handshake, List<(HandshakeStepKind Kind, byte[] Content)> Steps) ReadSteps(Reply reply)
    {
        Assert.Equal(KeylessError.None, reply.Error);
        Assert.True(HandshakeReply.TryRead(reply.Payload, out var steps));
        var read = new List<(HandshakeStepKind, byte[])>();
        while (!steps.IsAtEnd)
        {
            Assert.True(steps.TryTake(out var kind, out var content));
            read.Add((kind, content.ToArray()));
        }

        return (steps.Handshake, read);
    }

    public static byte[] V16(byte[] value)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)value.Length);
        return [.. length, .. value];
    }

    private static byte[] Extension(byte type, byte[] body) => [0, type, .. V16(body)];
}
