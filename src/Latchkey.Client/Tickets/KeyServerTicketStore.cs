using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Tickets;

/// <summary>
/// Tickets that the key server makes and opens, of sessions whose secret is at the edge (R6): one question for each. An edge that is shut out resumes nothing from then
/// on (attack 10). A key server that cannot be asked means a full handshake.
/// </summary>
/// <param name="client">Lent.</param>
/// <param name="certificate">The site's first: its tickets belong to that key.</param>
/// <param name="site">The site's name.</param>
public sealed class KeyServerTicketStore(KeyServerClient client, TlsCertificate certificate, string site) : SessionStore
{
    private readonly byte[] _site = Encoding.UTF8.GetBytes(site);

    /// <inheritdoc/>
    public override string Name => "key_server_opened_ticket";

    /// <inheritdoc/>
    public override async ValueTask<ReadOnlyMemory<byte>?> KeepAsync(SessionState state, CancellationToken cancellationToken)
    {
        using var arguments = SealArguments(state);
        if (arguments is null)
            return null;
        var reply = await AskAsync("seal ticket", Opcode.SealTicket, arguments, SiteOperationResult.Public, cancellationToken);
        return reply is { IsSuccess: true, Payload.Length: > 0 } ? reply.Payload : null;
    }

    /// <inheritdoc/>
    public override async ValueTask<SessionState?> FindAsync(ReadOnlyMemory<byte> handle, TlsSite site, CancellationToken cancellationToken)
    {
        // No ticket is longer than its state and some dozens of bytes; a client may send anything.
        if (handle.Length > 2 * SessionStateEncoding.MaxSize)
            return null;
        using var arguments = OpenArguments(handle.Span);
        var reply = await AskAsync("open ticket", Opcode.OpenTicket, arguments, SiteOperationResult.Secret, cancellationToken);
        using var encoded = reply.Secret;
        return encoded is null ? null : SessionStateEncoding.TryDecode(encoded);
    }

    /// <summary>The reply; one without a result where there is none to be had: logged and counted by the client already.</summary>
    private async ValueTask<KeylessReply> AskAsync(string name, Opcode operation, SecretBytes arguments, SiteOperationResult result, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ExecuteAsync(new SiteOperation(name, operation, certificate, arguments, result), mayFail: true, cancellationToken);
        }
        catch (KeyHolderFailedException)
        {
            return new KeylessReply(KeylessError.Internal, default);
        }
    }

    private SecretBytes? SealArguments(SessionState state)
    {
        using var encoded = SessionStateEncoding.Encode(state);
        if (encoded is null)
            return null;
        var fields = new FieldWriter(512);
        try
        {
            new SealTicketRequest { Site = _site, State = encoded.Span }.Write(ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }

    private SecretBytes OpenArguments(ReadOnlySpan<byte> ticket)
    {
        var fields = new FieldWriter(512);
        try
        {
            new OpenTicketRequest { Site = _site, Ticket = ticket }.Write(ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }
}
